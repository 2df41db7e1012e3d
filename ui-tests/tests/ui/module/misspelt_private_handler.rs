use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn mesage(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

fn main() {}
