use levante::prelude::*;

struct Visitor;

#[websocket("/chat")]
pub mod chat {
    use super::*;

    fn attach() -> Visitor {
        Visitor
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
