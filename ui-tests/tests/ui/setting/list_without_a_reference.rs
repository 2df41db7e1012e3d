use levante::prelude::*;

#[websocket("/chat", protocols = ["chat", "feed"], hosts = vec!["example.com"], origins = ["https://example.com"])]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
