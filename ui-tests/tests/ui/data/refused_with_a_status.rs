use actix_web::http::StatusCode;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> StatusCode {
        StatusCode::UNAUTHORIZED
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
