use levante::prelude::*;

#[websocket("/chat", origins = &["https://example.com"])]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
