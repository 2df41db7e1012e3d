use levante::prelude::*;

#[websocket("/chat", protocols = &["chat.v2", "chat v1"])]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
