use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn attach(name: u32) -> u32 {
        name
    }

    fn open(ws: &Ws) {
        ws.send(ws.data.to_string());
    }
}

fn main() {
    chat::service();
}
