//! One file holds one socket: docs, imports, and a module.

use levante::prelude::*;

#[websocket("/chat")]
pub mod socket {
    pub struct Visitor {
        pub name: String,
    }

    pub fn attach() -> Visitor {
        Visitor {
            name: "somebody".into(),
        }
    }

    pub fn message(ws: &Ws, text: &str) {
        ws.publish("lobby", format!("{}: {text}", ws.data.name));
    }
}
