//! Compile tests of the `#[websocket]` attribute; see `tests/` and `examples/`.

use levante::prelude::*;

/// For the example that hears a topic of another crate.
#[topic("price/{symbol}", message = Change)]
pub struct Price {
    pub symbol: String,
}

#[wire]
pub struct Change {
    pub cents: u64,
}
