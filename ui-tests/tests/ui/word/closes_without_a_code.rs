use levante::prelude::*;

#[closes]
pub enum Bye {
    Kicked = 4001,
    Banned,
}

fn main() {}
