use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    extern "C" fn say(_ws: &Ws) {}
}

fn main() {}
