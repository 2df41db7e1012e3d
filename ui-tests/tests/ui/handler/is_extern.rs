use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    extern "C" fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
