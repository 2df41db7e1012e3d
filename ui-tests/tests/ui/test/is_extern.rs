#[levante::test]
async extern "C" fn a_visitor_is_announced() {}

fn main() {}
