use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn count(_ws: &Ws) -> impl Copy {
        7
    }
}

fn main() {}
