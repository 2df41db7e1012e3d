use std::time::Duration;

use levante::prelude::*;

#[websocket("/chat", handshake_timeout = Duration::from_millis(9))]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
