//! The socket under other names than `Ws`.

use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use levante::Socket;

    use super::*;

    struct Visitor {
        name: String,
    }

    type Me = Ws;

    fn attach() -> Visitor {
        Visitor {
            name: "Ada".to_owned(),
        }
    }

    fn open(me: &Me) {
        me.send(format!("hello {}", me.data.name));
    }

    async fn message(me: &self::Me, text: &str) {
        me.send(text);
    }

    fn close(ws: &Socket<Endpoint>, reason: CloseReason) {
        ws.publish("lobby", reason.reason);
    }
}

fn main() {
    chat::service();
}
