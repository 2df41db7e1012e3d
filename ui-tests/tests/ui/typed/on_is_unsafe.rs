use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    unsafe fn say(_ws: &Ws) {}
}

fn main() {}
