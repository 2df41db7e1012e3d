use levante::prelude::*;

#[websocket("/chat", handshake_timeout = 30)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
