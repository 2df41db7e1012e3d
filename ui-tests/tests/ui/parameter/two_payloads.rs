use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws, room: &str, text: &str) {
        ws.publish(room, text);
    }
}

fn main() {}
