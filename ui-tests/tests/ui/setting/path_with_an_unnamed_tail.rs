use levante::prelude::*;

#[websocket("/chat/*")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
