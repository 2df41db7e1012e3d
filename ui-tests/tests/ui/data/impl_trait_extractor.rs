use actix_web::FromRequest;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach(_: impl FromRequest) -> String {
        "somebody".into()
    }

    fn open(ws: &Ws) {
        ws.send(format!("hello, {}", ws.data));
    }
}

fn main() {}
