use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("room/{id}.{name}", message = News)]
pub struct Room {
    id: u32,
    name: String,
}

fn main() {}
