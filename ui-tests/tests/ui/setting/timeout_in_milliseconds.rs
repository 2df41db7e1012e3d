use levante::prelude::*;

#[websocket("/chat", idle_timeout = 60_000, ping_interval = 0.5)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
