use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(text: &str) {
        println!("{text}");
    }
}

fn main() {}
