use levante::prelude::*;

mod handlers {
    pub fn message<E: levante::Endpoint>(ws: &levante::Socket<E>, text: &str) {
        ws.publish("lobby", text);
    }
}

#[websocket("/chat")]
mod chat {
    use super::handlers::message;

    fn open(ws: &Ws) {
        ws.subscribe("lobby");
    }
}

fn main() {
    chat::service();
}
