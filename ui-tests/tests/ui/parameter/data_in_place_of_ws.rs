use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    struct Visitor;

    fn attach() -> Visitor {
        Visitor
    }

    fn open(_visitor: &Visitor) {}

    async fn close(_visitor: &Visitor, _reason: CloseReason) {}

    fn message(_visitor: &Visitor, text: &str) {
        println!("{text}");
    }
}

fn main() {
    chat::service();
}
