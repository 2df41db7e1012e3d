#[levante::test]
async fn a_visitor_is_announced<T>() {}

fn main() {}
