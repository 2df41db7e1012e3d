use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }

    fn message(ws: &Ws, bytes: &[u8]) {
        ws.send(bytes);
    }
}

fn main() {}
