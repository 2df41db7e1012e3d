use levante::prelude::*;

mod handlers {
    pub fn leave() {}
}

#[websocket("/chat")]
mod chat {
    use super::handlers::{self, leave as close};

    fn open(ws: &Ws) {
        ws.subscribe("lobby");
        handlers::leave();
    }
}

fn main() {
    chat::service();
}
