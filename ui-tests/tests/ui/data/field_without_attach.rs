use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        ws.send(format!("hello, {}", ws.data.name));
    }
}

fn main() {
    chat::service();
}
