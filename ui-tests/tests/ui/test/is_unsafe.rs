#[levante::test]
async unsafe fn a_visitor_is_announced() {}

fn main() {}
