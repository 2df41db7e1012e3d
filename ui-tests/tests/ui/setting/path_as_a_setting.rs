use levante::prelude::*;

#[websocket(path = "/chat")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
