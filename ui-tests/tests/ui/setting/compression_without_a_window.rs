use levante::prelude::*;

#[websocket("/chat", compression = Compression::Dedicated)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
