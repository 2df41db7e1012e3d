use levante::prelude::*;
use serde::{Deserialize, Serialize};

#[websocket("/chat")]
mod chat {
    use super::*;

    #[derive(Deserialize)]
    struct Request {
        name: String,
    }

    #[derive(Serialize)]
    struct Answer {
        name: String,
    }

    fn message(ws: &Ws, request: Request) {
        ws.send(Answer { name: request.name });
    }
}

fn main() {
    chat::service();
}
