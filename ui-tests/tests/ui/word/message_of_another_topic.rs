use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[wire]
pub struct Quote {
    cents: u32,
}

#[topic("room/{id}", message = News)]
pub struct Room {
    id: u32,
}

pub fn publish(server: &Server) {
    server.publish(Room { id: 7 }, Quote { cents: 120 });
}

fn main() {}
