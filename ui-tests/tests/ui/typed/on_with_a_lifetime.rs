use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say<'a>(_ws: &'a Ws, text: &'a str) {
        println!("{text}");
    }
}

fn main() {}
