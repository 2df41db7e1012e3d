use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &mut Ws) {
        ws.send("hello");
    }
}

fn main() {}
