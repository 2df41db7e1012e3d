use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(_ws: &Ws, text: &String) {
        println!("{text}");
    }
}

fn main() {}
