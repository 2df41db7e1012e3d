use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on("say")]
    fn speak(_ws: &Ws, text: &str) {
        println!("{text}");
    }
}

fn main() {}
