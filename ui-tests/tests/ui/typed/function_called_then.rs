use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn then(_ws: &Ws) {}
}

fn main() {}
