use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn error(ws: &Ws, error: Box<dyn std::error::Error>) {
        ws.send(error.to_string());
    }
}

fn main() {}
