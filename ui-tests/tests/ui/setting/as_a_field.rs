use levante::prelude::*;

#[websocket("/chat", idle_timeout: 60, publishToSelf: true, max_message_size: 64 * 1024)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
