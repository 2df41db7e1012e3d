use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn to_string(_ws: &Ws) {}
}

fn main() {}
