use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        ws.subscribe("lobby");
    }

    fn on_message(ws: &Ws, text: &str) {
        ws.publish("lobby", text);
    }
}

fn main() {
    chat::service();
}
