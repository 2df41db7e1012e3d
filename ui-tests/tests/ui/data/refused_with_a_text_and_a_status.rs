use actix_web::http::StatusCode;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> (&'static str, StatusCode) {
        ("log in first", StatusCode::UNAUTHORIZED)
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
