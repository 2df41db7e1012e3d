use levante::{Server, prelude::*};

#[websocket("/chat")]
mod chat {
    use super::*;

    fn message(_ws: &Ws, server: Server) {
        server.publish("lobby", "hello");
    }
}

fn main() {
    chat::service();
}
