use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    async fn open(ws: Ws) {
        ws.send("hello");
    }
}

fn main() {}
