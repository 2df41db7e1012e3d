use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    const GREETING: &str = "hello";

    fn greeting() -> &'static str {
        GREETING
    }
}

fn main() {}
