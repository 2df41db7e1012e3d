use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws, bytes: &mut [u8]) {
        bytes.reverse();
        ws.send(&*bytes);
    }
}

fn main() {
    chat::service();
}
