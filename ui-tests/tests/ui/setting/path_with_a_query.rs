use levante::prelude::*;

#[websocket("/chat?name={name}")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
