use levante::prelude::*;

#[websocket("/chat", publish_to_self, send_pings, max_lifetime)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
