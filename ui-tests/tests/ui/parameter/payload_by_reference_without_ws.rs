use levante::prelude::*;

struct Move;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn message(_step: &Move) {}
}

fn main() {}
