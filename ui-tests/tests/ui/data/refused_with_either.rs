use actix_web::{Either, HttpResponse};
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    struct User;

    fn attach() -> Either<User, HttpResponse> {
        Either::Right(HttpResponse::Unauthorized().finish())
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
