use levante::prelude::*;

#[websocket("/chat", compression = true)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
