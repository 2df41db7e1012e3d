use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws, text: &str) {
        ws.send(text, true);
    }
}

fn main() {
    chat::service();
}
