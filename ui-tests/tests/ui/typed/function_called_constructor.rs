use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn constructor(_ws: &Ws) {}
}

fn main() {}
