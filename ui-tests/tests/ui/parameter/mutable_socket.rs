use levante::{Socket, prelude::*};

#[websocket("/chat")]
mod chat {
    use super::*;

    type Me = Ws;

    fn open(ws: &mut Me) {
        ws.send("hello");
    }

    fn message(ws: &mut Socket<Endpoint>, text: &str) {
        ws.send(text);
    }
}

fn main() {
    chat::service();
}
