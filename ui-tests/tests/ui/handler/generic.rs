use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message<M: AsRef<str>>(ws: &Ws, message: M) {
        ws.send(message.as_ref());
    }
}

fn main() {}
