#[levante::test]
async fn a_visitor_is_announced(app: levante::test::TestApp) {}

fn main() {}
