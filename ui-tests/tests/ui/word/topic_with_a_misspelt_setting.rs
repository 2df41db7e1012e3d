use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("room/{id}", mesage = News)]
pub struct Room {
    id: u32,
}

fn main() {}
