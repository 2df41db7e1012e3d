use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn droped(ws: &Ws, message: &levante::Message) {
        ws.publish("missed", message);
    }
}

fn main() {}
