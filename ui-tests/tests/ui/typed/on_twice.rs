use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    #[on]
    fn leave(ws: &Ws) {
        ws.close();
    }
}

fn main() {}
