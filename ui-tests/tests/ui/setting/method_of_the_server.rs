use levante::prelude::*;

#[websocket("/chat", max_connections = 1000, keep_alive = 5, workers = 4, client_stall_timeout = 30, port = 8080)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
