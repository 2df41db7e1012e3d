use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open<'a>(ws: &'a Ws) {
        ws.send("hello");
    }
}

fn main() {}
