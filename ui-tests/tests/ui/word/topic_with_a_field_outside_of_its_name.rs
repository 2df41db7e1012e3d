use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("room/{id}", message = News)]
pub struct Room {
    id: u32,
    name: String,
}

pub fn publish(server: &Server, room: Room, news: News) {
    // The mistake above gives one error.
    server.publish(room, news);
}

fn main() {}
