use levante::prelude::*;

#[websocket("/chat/{id:(?!admin).+}")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
