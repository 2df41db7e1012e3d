use levante::prelude::*;

#[websocket("/chat", max_message_size = "64 KiB", max_subscriptions = "100", backpressure_limit = 64u32)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
