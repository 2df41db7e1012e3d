use levante::prelude::*;

fn limit() -> usize {
    std::env::args().count()
}

#[websocket("/chat", max_message_size = limit())]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
