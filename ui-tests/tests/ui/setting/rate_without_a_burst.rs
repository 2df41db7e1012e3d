use levante::prelude::*;

#[websocket("/chat", max_message_rate = MessageRate { per_second: 10 })]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
