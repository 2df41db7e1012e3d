use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

fn main() {}
