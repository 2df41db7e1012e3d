use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn dropped(ws: &Ws, message: &Message, count: usize) {
        ws.publish("missed", format!("{count} {message:?}"));
    }
}

fn main() {}
