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

    fn message(ws: &Ws, name: &str) {
        ws.data.name = name.to_owned();
    }
}

fn main() {
    chat::service();
}
