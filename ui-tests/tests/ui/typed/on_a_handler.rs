use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn close(ws: &Ws) {
        ws.close();
    }
}

fn main() {}
