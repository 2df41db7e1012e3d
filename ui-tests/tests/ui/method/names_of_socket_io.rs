use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn open(ws: &Ws) {
        ws.join("lobby");
    }

    fn message(ws: &Ws, text: &str) {
        ws.emit("text", text);
        ws.server().to("lobby").emit("text", text);
    }
}

fn main() {
    chat::service();
}
