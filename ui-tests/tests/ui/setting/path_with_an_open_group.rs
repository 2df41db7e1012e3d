use levante::prelude::*;

#[websocket("/chat/{id:(a|b}")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
