use levante::prelude::*;

#[websocket("/chat")]
/// The docs are not the place of the mistake.
pub enum Chat {
    Room,
}

fn main() {}
