use levante::prelude::*;

#[websocket("/chat")]
#[path = "support/chat.rs"]
mod chat;

fn main() {}
