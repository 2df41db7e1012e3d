use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[subscribe_message("say")]
    fn say(_ws: &Ws, text: &str) {
        println!("{text}");
    }
}

fn main() {}
