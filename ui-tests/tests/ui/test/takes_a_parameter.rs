#[levante::test]
async fn a_visitor_is_announced(_app: levante::test::TestApp) {}

fn main() {}
