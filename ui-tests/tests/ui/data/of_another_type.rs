use levante::prelude::*;

struct Visitor {
    name: String,
}

struct Member {
    name: String,
}

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> Visitor {
        Visitor {
            name: "somebody".into(),
        }
    }

    fn open(ws: &Ws) {
        greet(ws, &ws.data);
    }

    fn greet(ws: &Ws, member: &Member) {
        ws.send(format!("hello, {}", member.name));
    }
}

fn main() {
    chat::service();
}
