use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    pub fn subscriptions(ws: &Ws, topic: &str, subscribers: usize) {
        ws.publish(topic, subscribers.to_string());
    }
}

fn main() {}
