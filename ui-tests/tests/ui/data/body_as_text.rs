use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    async fn attach(body: String) -> String {
        body
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
