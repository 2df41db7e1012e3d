use levante::prelude::*;

#[websocket("/chat", origins = "*")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
