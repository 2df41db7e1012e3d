use levante::prelude::*;

#[websocket(concat!("/api/v1", "/chat"))]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
