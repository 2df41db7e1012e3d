use levante::prelude::*;

#[websocket("/chat", max_message_size = usize::MAX + 1)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
