use levante::prelude::*;

#[topic]
pub struct Room {
    id: u32,
}

fn main() {}
