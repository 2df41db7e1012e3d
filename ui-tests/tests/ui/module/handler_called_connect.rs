use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws, text: &str) {
        ws.publish("lobby", text);
    }

    async fn connect(ws: &Ws) {
        ws.publish("lobby", "somebody came or left");
    }
}

fn main() {
    chat::service();
}
