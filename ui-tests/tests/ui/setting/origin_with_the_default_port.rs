use levante::prelude::*;

#[websocket("/chat", origins = Origins::List(&["https://example.com:443"]))]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
