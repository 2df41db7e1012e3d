use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    pub fn open(ws: &Ws) {
        ws.send("hello");
    }
}

#[websocket("/talk")]
mod talk {
    use super::*;

    fn open(ws: &chat::Ws) {
        chat::open(ws);
    }
}

fn main() {
    chat::service();
    talk::service();
}
