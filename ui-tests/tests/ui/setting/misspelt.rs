use levante::prelude::*;

#[websocket("/chat", idle_timout = std::time::Duration::from_secs(60))]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
