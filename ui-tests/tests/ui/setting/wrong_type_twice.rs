use levante::prelude::*;

#[websocket("/chat", idle_timeout = 60, idle_timeout = 90)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
