use levante::prelude::*;

#[websocket("/chat", idle_timeout = 60, max_message_size = "1 MiB")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
