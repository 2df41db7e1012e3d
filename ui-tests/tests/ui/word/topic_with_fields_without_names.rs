use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("room/{id}", message = News)]
pub struct Room(u32);

fn main() {}
