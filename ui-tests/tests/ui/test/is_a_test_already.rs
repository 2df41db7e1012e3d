#[levante::test]
#[actix_web::test]
async fn a_visitor_is_announced() {}

#[levante::test]
#[test]
fn a_plain_one() {}

fn main() {}
