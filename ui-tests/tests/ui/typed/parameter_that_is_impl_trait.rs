use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(_ws: &Ws, text: impl Into<String>) {
        println!("{}", text.into());
    }
}

fn main() {}
