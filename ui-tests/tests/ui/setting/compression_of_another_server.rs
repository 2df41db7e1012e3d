use levante::prelude::*;

#[websocket("/chat", compression = SHARED_COMPRESSOR)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
