#[levante::test]
pub struct Visitor;

fn main() {}
