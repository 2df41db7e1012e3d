use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("room/{id}", message = News)]
pub struct Room {
    id: u32,
}

pub fn publish(server: &Server, news: News) {
    server.publish(Room { id: 7 }, Json(news));
}

fn main() {}
