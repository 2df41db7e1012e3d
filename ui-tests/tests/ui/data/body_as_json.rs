use actix_web::web;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }

    async fn attach(join: web::Json<Join>) -> String {
        join.into_inner().name
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
