use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        greet(ws);
    }

    pub fn greet(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
