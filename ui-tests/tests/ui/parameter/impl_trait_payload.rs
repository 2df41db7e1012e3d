use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws, text: impl Into<String>) {
        ws.send(text.into());
    }
}

fn main() {}
