use levante::prelude::*;

#[websocket(send_pings = false)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
