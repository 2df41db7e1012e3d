use levante::prelude::*;

#[closes]
pub enum Bye {
    Kicked = 4000 + 1,
}

fn main() {}
