use levante::prelude::*;

#[websocket("/chat room")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
