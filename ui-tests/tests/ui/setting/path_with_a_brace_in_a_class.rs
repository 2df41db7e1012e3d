use levante::prelude::*;

#[websocket("/chat/{id:[^{]+}")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
