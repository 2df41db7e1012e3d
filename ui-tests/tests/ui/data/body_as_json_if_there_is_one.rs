use actix_web::web;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }

    async fn attach(path: web::Path<u32>, join: Option<web::Json<Join>>) -> (u32, String) {
        let name = join.map(|join| join.into_inner().name);
        (*path, name.unwrap_or_default())
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
