use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn dropped(ws: &Ws) {
        ws.close();
    }
}

fn main() {}
