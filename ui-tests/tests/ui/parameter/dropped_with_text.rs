use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn dropped(ws: &Ws, text: &str) {
        ws.publish("missed", text);
    }
}

fn main() {}
