use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(self, _ws: &Ws) {}
}

fn main() {}
