use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn subscription(ws: &Ws, topic: &str, subscribers: u32) {
        ws.publish(topic, subscribers.to_string());
    }
}

fn main() {}
