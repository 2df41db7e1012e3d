use actix_web::web;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    struct Join {
        name: String,
    }

    async fn attach(web::Query(join): web::Query<Join>) -> String {
        join.name
    }

    fn open(ws: &Ws) {
        ws.send(format!("hello, {}", ws.data));
    }
}

fn main() {
    chat::service();
}
