use levante::prelude::*;

pub struct WebSocket;

#[websocket("/chat")]
mod chat {
    pub use super::WebSocket as Ws;

    fn close(_: &Ws) {}
}

fn main() {}
