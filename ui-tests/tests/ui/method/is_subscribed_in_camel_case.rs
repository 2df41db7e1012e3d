use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        if !ws.isSubscribed("lobby") {
            ws.subscribe("lobby");
        }
    }
}

fn main() {
    chat::service();
}
