use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn subscription(ws: &Ws, topic: &str, _: usize) -> bool {
        ws.is_subscribed(topic)
    }
}

fn main() {
    chat::service();
}
