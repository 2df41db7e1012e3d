use levante::prelude::*;

#[websocket("/chat", compression = Compression::Dedicated { window_bits: 16 })]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
