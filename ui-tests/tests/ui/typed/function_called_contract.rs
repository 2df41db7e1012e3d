use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(_ws: &Ws) {}

    fn contract() {}
}

fn main() {}
