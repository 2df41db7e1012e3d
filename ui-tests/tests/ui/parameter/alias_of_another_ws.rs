use levante::prelude::*;

#[websocket("/feed")]
mod feed {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

#[websocket("/chat")]
mod chat {
    type Me = super::feed::Ws;

    fn message(ws: &Me, text: &str) {
        ws.send(text);
    }
}

fn main() {
    chat::service();
    feed::service();
}
