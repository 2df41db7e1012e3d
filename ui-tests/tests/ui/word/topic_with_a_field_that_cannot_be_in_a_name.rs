use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

pub struct Secret;

#[topic("room/{secret}", message = News)]
pub struct Room {
    secret: Secret,
}

fn main() {}
