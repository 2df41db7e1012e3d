use levante::prelude::*;

const MINUTES: u64 = 5;

#[websocket("/chat", idle_timeout = 5 * 60, ping_interval = MINUTES)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
