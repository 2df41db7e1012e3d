use levante::{CloseCode, prelude::*};

#[websocket("/chat")]
mod chat {
    use super::*;

    fn open(ws: &Ws) {
        ws.close(1000, "bye");
    }

    fn drain(ws: &Ws) {
        ws.close(CloseCode::Normal);
    }
}

fn main() {
    chat::service();
}
