#[levante::test(20)]
async unsafe fn a_visitor_is_announced<T>(app: T) {}

fn main() {}
