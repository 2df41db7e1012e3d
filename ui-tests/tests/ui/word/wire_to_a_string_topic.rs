use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

pub fn publish(server: &Server, news: News) {
    server.publish("news", news);
}

fn main() {}
