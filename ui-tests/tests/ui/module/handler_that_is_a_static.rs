#![allow(non_upper_case_globals)]

use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    static open: fn(&Ws) = |ws| {
        ws.subscribe("lobby");
    };

    fn message(ws: &Ws, text: &str) {
        ws.publish("lobby", text);
    }
}

fn main() {
    chat::service();
}
