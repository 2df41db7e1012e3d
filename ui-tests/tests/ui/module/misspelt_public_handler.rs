use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    pub fn on_message(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

fn main() {}
