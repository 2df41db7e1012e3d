use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    struct Hello {
        name: String,
    }

    fn message(ws: &Ws, Json(hello): Json<Hello>) {
        ws.send(hello.name);
    }
}

fn main() {
    chat::service();
}
