use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    struct User;

    async fn attach() -> Result<Option<User>, std::io::Error> {
        Ok(None)
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
