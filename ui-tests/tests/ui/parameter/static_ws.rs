use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &'static Ws) {
        ws.send("hello");
    }
}

fn main() {}
