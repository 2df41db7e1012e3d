use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    type Ws = Socket<Endpoint>;

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
