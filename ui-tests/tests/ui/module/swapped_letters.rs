use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        ws.subscribe("lobby");
    }

    fn colse(ws: &Ws) {
        ws.publish("lobby", "somebody left");
    }
}

fn main() {}
