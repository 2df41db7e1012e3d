use levante::prelude::*;

#[websocket("/chat", send_pings = 1, publish_to_self = "true")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
