use levante::prelude::*;

#[websocket("/chat", send_pings = true, send_pings = false)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
