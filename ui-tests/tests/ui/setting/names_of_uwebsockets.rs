use levante::prelude::*;

#[websocket("/chat", maxBackpressure = 1024, maxLifetime = 60, sendPingsAutomatically = true, resetIdleTimeoutOnSend = true)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
