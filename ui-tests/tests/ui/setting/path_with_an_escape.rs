use levante::prelude::*;

#[websocket("/caf%C3%A9")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
