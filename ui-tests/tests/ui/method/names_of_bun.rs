use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        let _ = ws.getBufferedAmount();
        let _ = ws.readyState;
        let _ = ws.remoteAddress;
    }

    fn message(ws: &Ws, text: &str) {
        ws.publishText("lobby", text);
        ws.server().subscriberCount("lobby");
    }
}

fn main() {
    chat::service();
}
