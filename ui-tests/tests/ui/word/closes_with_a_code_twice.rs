use levante::prelude::*;

#[closes]
pub enum Bye {
    Kicked = 4001,
    Left = 4002,
    Banned = 4001,
    Expired = 4999,
}

fn main() {}
