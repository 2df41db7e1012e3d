use levante::prelude::*;

#[websocket("/chat", idle_timeout(60), send_pings(true), origins("https://example.com"), max_connections(10))]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
