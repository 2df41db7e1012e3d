use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn attach() -> Box<dyn std::error::Error + Send + Sync> {
        "log in first".into()
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
