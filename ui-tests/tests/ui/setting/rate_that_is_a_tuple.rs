use levante::prelude::*;

#[websocket("/chat", max_message_rate = (10, 20))]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
