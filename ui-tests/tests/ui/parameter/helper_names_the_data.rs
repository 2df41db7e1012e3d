use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    pub struct Visitor;

    fn attach() -> Visitor {
        Visitor
    }

    fn open(ws: &Ws) {
        ws.subscribe("lobby");
    }
}

fn greet(_ws: &Socket<chat::Visitor>) {}

fn main() {
    let _ = (chat::service, greet);
}
