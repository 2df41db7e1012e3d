use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    mod message {
        use super::Ws;

        pub fn text(ws: &Ws, text: &str) {
            ws.publish("lobby", text);
        }
    }

    fn open(ws: &Ws) {
        ws.subscribe("lobby");
    }
}

fn main() {
    chat::service();
}
