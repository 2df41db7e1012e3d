use levante::prelude::*;

pub struct News;

#[topic("room/{id}", message = News)]
pub struct Room {
    id: u32,
}

fn main() {}
