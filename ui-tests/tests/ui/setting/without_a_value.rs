use levante::prelude::*;

#[websocket("/chat", publish_to_self)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
