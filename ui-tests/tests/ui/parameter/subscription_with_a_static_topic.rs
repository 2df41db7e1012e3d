use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn subscription(ws: &Ws, topic: &'static str, subscribers: usize) {
        ws.publish(topic, subscribers.to_string());
    }
}

fn main() {}
