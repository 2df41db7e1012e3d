use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

fn main() {}
