#[levante::test(20)]
async unsafe fn a_visitor_is_announced<T>(_app: T) {}

fn main() {}
