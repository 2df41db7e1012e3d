use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        ws.subscribe("lobby");
    }

    fn onmessage(ws: &Ws, text: &str) {
        ws.publish("lobby", text);
    }
}

fn main() {
    chat::service();
}
