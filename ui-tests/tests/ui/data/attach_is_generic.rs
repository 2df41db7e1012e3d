use actix_web::web;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    async fn attach<T>(_: web::Query<T>) -> String {
        "somebody".into()
    }

    fn open(ws: &Ws) {
        ws.send(format!("hello, {}", ws.data));
    }
}

fn main() {}
