use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> Attached<()> {
        Attached::new(()).expires_in(60)
    }

    fn message(ws: &Ws, _text: &str) {
        ws.expires_in(Some(60));
    }
}

fn main() {
    chat::service();
}
