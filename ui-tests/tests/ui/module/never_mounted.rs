#![deny(warnings, dead_code)]

use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    struct Visitor {
        name: String,
    }

    fn attach() -> Visitor {
        Visitor {
            name: "somebody".into(),
        }
    }

    fn open(ws: &Ws) {
        greet(ws);
    }

    fn greet(ws: &Ws) {
        ws.send(format!("hello, {}", ws.data.name));
    }
}

fn main() {}
