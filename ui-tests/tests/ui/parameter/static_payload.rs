use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws, text: &'static str) {
        ws.send(text);
    }
}

fn main() {}
