use actix_web::{HttpResponse, HttpResponseBuilder};
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> HttpResponseBuilder {
        HttpResponse::Unauthorized()
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
