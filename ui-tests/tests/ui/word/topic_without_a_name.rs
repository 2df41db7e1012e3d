use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("", message = News)]
pub struct Room;

fn main() {}
