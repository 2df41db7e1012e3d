use std::time::Duration;

use levante::prelude::*;

const FAST: Duration = Duration::from_millis(1);

#[websocket(
    "/chat",
    idle_timeout = FAST,
    backpressure_limit = 1024,
    max_lifetime = Duration::from_secs(60 * 60 * 24 * 365),
)]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
