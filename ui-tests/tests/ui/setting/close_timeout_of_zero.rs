use std::time::Duration;

use levante::prelude::*;

#[websocket("/chat", close_timeout = Duration::ZERO)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
