use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        ws.send(messages().to_string());
    }

    pub fn messages() -> usize {
        0
    }
}

fn main() {}
