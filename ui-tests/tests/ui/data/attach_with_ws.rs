use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn attach(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
