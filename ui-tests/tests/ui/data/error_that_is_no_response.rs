use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    struct Visitor;

    fn attach() -> Result<Visitor, String> {
        Err("nobody gets in".into())
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
