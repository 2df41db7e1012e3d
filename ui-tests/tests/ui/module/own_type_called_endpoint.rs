use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    enum Endpoint {
        Here,
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
