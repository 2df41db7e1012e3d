use levante::prelude::*;

#[websocket("/chat#lobby")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
