use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn dropped(ws: &Ws, message: Message) {
        ws.publish("missed", message);
    }
}

fn main() {}
