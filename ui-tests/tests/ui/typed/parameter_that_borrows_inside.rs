use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(_ws: &Ws, text: Option<&str>) {
        println!("{text:?}");
    }
}

fn main() {}
