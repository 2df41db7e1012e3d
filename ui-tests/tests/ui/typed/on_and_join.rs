use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    #[join]
    fn leave(ws: &Ws) {
        ws.close();
    }
}

fn main() {}
