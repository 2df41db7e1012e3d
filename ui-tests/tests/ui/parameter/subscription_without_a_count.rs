use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn subscription(ws: &Ws, topic: &str) {
        ws.publish(topic, "somebody came or went");
    }
}

fn main() {}
