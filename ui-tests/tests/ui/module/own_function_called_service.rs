use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        ws.send(service());
    }

    fn service() -> &'static str {
        "chat"
    }
}

fn main() {}
