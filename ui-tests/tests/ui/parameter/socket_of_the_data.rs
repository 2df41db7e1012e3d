use levante::{Socket, prelude::*};

#[websocket("/chat")]
mod chat {
    use super::*;

    struct Visitor;

    fn attach() -> Visitor {
        Visitor
    }

    fn message(_ws: &Socket<Visitor>, text: &str) {
        println!("{text}");
    }
}

fn main() {
    chat::service();
}
