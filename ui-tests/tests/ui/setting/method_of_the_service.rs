use levante::prelude::*;

#[websocket("/chat", guard = (), wrap = (), app_data = 1)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
