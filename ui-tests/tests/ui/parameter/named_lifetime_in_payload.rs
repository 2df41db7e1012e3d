use levante::prelude::*;

#[derive(serde::Deserialize)]
struct Hello<'a> {
    name: &'a str,
}

#[websocket("/chat")]
mod chat {
    use super::*;

    fn message<'a>(ws: &Ws, Json(hello): Json<Hello<'a>>) {
        ws.send(hello.name);
    }
}

fn main() {}
