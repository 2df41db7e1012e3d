use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say<T>(_ws: &Ws, _text: T) {}
}

fn main() {}
