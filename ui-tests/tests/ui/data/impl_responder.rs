use actix_web::{HttpResponse, Responder};
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> impl Responder {
        HttpResponse::Unauthorized()
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
