use levante::prelude::*;

#[wire]
pub struct News<'a> {
    text: &'a str,
}

#[topic("news", message = News<'static>)]
pub struct Feed;

pub async fn log(server: &Server) {
    server.subscribe(Feed).next().await;
}

fn main() {}
