use actix_web::error::{Error, ErrorUnauthorized};
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> Error {
        ErrorUnauthorized("log in first")
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
