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
        ws.send(format!("hello, {}", ws.data.nick));
    }
}

fn main() {
    chat::service();
}
