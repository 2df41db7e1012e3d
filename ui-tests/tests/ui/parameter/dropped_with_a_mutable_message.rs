use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn dropped(ws: &Ws, message: &mut Message) {
        ws.publish("missed", &*message);
    }
}

fn main() {}
