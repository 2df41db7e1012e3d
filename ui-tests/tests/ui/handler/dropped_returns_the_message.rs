use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn dropped(_: &Ws, message: &Message) -> Message {
        message.clone()
    }
}

fn main() {
    chat::service();
}
