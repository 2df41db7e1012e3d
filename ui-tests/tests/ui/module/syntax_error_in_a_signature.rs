use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws text: &str) {
        ws.send(text);
    }
}

fn main() {}
