use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(_ws: &Ws)
    where
        u8: Copy,
    {
    }
}

fn main() {}
