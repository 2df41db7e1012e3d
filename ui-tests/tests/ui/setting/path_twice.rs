use levante::prelude::*;

#[websocket("/chat", "/talk")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
