use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("room/{id}", message = News)]
pub struct Room {
    id: u32,
}

pub fn publish(server: &Server) {
    server.publish(Room { id: 7 }, "it rains");
}

fn main() {}
