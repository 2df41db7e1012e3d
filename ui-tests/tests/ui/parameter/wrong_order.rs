use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(text: &str, ws: &Ws) {
        ws.send(text);
    }
}

fn main() {}
