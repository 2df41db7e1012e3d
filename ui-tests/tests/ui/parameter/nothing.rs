use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open() {}
}

fn main() {}
