use levante::prelude::*;

#[websocket("/chat%20room")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
