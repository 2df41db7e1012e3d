use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(text: &str) {
        println!("{text}");
    }
}

fn main() {}
