use levante::prelude::*;

#[websocket("/chat", colour = 4)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
