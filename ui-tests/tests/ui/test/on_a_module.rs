#[levante::test]
mod tests {}

fn main() {}
