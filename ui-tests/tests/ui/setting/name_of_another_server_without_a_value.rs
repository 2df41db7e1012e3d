use levante::prelude::*;

#[websocket("/chat", perMessageDeflate, max_connections)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
