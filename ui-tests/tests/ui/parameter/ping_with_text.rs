use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn ping(ws: &Ws, data: &str) {
        ws.send(data);
    }
}

fn main() {}
