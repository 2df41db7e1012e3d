use levante::prelude::*;

#[websocket("/chat/{id:[0-9}")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
