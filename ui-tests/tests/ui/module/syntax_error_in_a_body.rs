use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn open(ws: &Ws) {
        ws.send("hello"
    }
}

fn main() {}
