use levante::prelude::*;

#[websocket('/')]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
