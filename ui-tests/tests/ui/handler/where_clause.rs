use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws)
    where
        String: Clone,
    {
        ws.send("hello");
    }
}

fn main() {}
