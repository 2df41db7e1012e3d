use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(_ws: &Ws, text: &'static str) {
        println!("{text}");
    }
}

fn main() {}
