use levante::prelude::*;

#[websocket("/chat")]
/// Documented, which does not help.
pub enum Chat {
    Room,
}

fn main() {}
