use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    struct Visitor;

    fn attach() -> Visitor {
        Visitor
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn hello(ws: chat::Ws) {
    ws.send("hello from outside");
}

fn main() {
    chat::service();
}
