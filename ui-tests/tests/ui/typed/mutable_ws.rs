use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn leave(ws: &mut Ws) {
        ws.close();
    }
}

fn main() {}
