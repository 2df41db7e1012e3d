use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(room: &str, text: &str) {
        println!("{room}: {text}");
    }
}

fn main() {}
