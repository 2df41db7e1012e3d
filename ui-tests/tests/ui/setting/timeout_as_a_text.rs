use levante::prelude::*;

#[websocket("/chat", idle_timeout = "90s", close_timeout = "soon")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
