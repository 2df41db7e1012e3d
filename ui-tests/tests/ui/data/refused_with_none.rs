use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    struct User;

    fn attach() -> Option<User> {
        None
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
