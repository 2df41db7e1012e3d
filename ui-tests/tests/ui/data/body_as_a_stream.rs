use actix_web::web;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    async fn attach(_body: web::Payload) {}

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
