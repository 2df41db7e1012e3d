use levante::prelude::*;

#[websocket("/chat", workers = 4)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
