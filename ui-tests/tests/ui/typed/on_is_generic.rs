use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say<T>(_ws: &Ws, text: T) {
        drop(text);
    }
}

fn main() {}
