use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
