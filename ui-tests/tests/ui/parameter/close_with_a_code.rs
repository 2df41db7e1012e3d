use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn close(ws: &Ws, code: CloseCode, reason: &str) {
        ws.publish("lobby", format!("{code} {reason}"));
    }
}

fn main() {}
