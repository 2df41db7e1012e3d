use levante::prelude::*;

#[websocket("/chat")]
#[websocket("/talk")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
