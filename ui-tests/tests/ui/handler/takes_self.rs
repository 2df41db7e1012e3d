use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(&self, ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
