use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn attach() -> bool {
        false
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
