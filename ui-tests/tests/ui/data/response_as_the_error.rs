use actix_web::{HttpResponse, http::StatusCode};
use levante::prelude::*;

struct Visitor;

#[websocket("/chat")]
mod chat {
    use super::*;

    async fn attach() -> Result<Visitor, HttpResponse> {
        Err(HttpResponse::Unauthorized().finish())
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

#[websocket("/feed")]
mod feed {
    use super::*;

    fn attach() -> Result<Attached<Visitor>, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
    feed::service();
}
