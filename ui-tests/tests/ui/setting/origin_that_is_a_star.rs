use levante::prelude::*;

#[websocket("/chat", origins = Origins::List(&["*"]))]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
