use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws, _: ...) {
        ws.send("hello");
    }
}

fn main() {}
