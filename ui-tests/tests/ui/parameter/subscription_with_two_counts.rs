use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn subscription(ws: &Ws, topic: &str, new: usize, old: usize) {
        ws.publish(topic, format!("{old} {new}"));
    }
}

fn main() {}
