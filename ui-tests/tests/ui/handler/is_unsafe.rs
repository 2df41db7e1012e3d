use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    unsafe fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
