use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn attach(name: &str) -> String {
        name.to_owned()
    }

    fn open(ws: &Ws) {
        ws.send(&*ws.data);
    }
}

fn main() {
    chat::service();
}
