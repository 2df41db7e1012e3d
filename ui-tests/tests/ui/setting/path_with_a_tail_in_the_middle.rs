use levante::prelude::*;

#[websocket("/chat/{tail}*/files")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
