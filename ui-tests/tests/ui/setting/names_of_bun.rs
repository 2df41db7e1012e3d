use levante::prelude::*;

#[websocket("/chat", maxPayloadLength = 65536, perMessageDeflate = true, sendPings = true, idleTimeout = 60, backpressureLimit = 1024, closeOnBackpressureLimit = true, publishToSelf = true)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
