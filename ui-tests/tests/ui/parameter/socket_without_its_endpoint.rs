use levante::{Socket, prelude::*};

#[websocket("/chat")]
mod chat {
    use super::*;

    fn message(_ws: &Socket, text: &str) {
        println!("{text}");
    }
}

fn main() {
    chat::service();
}
