use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn subscription(ws: &Ws) {
        ws.close();
    }
}

fn main() {}
