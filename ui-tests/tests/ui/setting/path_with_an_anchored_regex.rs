use levante::prelude::*;

#[websocket(r"/chat/{id:^\d+}")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
