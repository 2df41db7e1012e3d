use levante::{Server, prelude::*};

#[websocket("/chat")]
mod chat {
    use super::*;

    fn open(ws: &Ws, server: Server) {
        server.publish("lobby", "hello");
        ws.subscribe("lobby");
    }

    async fn message(_ws: &Ws, text: String, server: &levante::Server) {
        server.publish("lobby", text);
    }

    fn close(_ws: &Ws, _reason: CloseReason, server: Option<Server>) {
        if let Some(server) = server {
            server.publish("lobby", "bye");
        }
    }
}

fn main() {
    chat::service();
}
