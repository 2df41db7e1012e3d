use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    mod handlers {
        use super::Ws;

        fn open(ws: &Ws) {
            ws.send("hello");
        }
    }
}

fn main() {}
