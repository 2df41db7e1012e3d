use levante::prelude::*;

#[websocket("/chat", max_message_size = 0)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
