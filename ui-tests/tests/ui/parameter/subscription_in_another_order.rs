use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn subscription(ws: &Ws, subscribers: usize, topic: &str) {
        ws.publish(topic, subscribers.to_string());
    }
}

fn main() {}
