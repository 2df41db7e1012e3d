use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(_ws: &Ws, #[cfg(unix)] text: &str) {
        println!("{text}");
    }
}

fn main() {}
