use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say_all(_ws: &Ws) {}

    #[on]
    #[allow(non_snake_case)]
    fn sayAll(_ws: &Ws) {}
}

fn main() {}
