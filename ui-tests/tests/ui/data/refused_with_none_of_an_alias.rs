use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    struct User;

    type Maybe = Option<User>;

    fn attach() -> Maybe {
        None
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
