#![allow(non_upper_case_globals)]

use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    const message: fn(&Ws, &str) = |ws, text| {
        ws.publish("lobby", text);
    };

    fn open(ws: &Ws) {
        ws.subscribe("lobby");
    }
}

fn main() {
    chat::service();
}
