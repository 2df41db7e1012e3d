use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn open(ws: &Ws) {
        ws.publish("votes", "1", Policy::Latest("x"));
        Server::global().publish("votes", "1", Publish::new().to_self(true));
    }
}

fn main() {
    chat::service();
}
