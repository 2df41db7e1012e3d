use levante::prelude::*;

mod topics {}

#[websocket("/chat")]
mod chat {
    #[topic]
    use super::topics::*;

    fn open(ws: &Ws) {
        ws.subscribe("news");
    }
}

fn main() {}
