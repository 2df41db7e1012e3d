use levante::prelude::*;

#[websocket("/chat", crate = "levante")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
