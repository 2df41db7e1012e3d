use levante::prelude::*;

#[closes]
pub enum Bye {
    Kicked { by: String },
}

fn main() {}
