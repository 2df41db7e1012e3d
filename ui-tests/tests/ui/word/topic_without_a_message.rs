use levante::prelude::*;

#[topic("room/{id}")]
pub struct Room {
    id: u32,
}

fn main() {}
