use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("room/{nmae}", message = News)]
pub struct Room {
    name: String,
}

fn main() {}
