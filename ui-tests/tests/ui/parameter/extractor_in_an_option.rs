use actix_web::{HttpRequest, web};
use levante::prelude::*;

struct Db;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn message(ws: &Ws, db: Option<web::Data<Db>>) {
        ws.send(db.is_some().to_string());
    }

    fn drain(ws: &Ws, join: Result<web::Query<String>, actix_web::Error>) {
        ws.send(join.is_ok().to_string());
    }

    fn ping(ws: &Ws, _data: &[u8], (request, _id): (HttpRequest, web::Path<u32>)) {
        ws.send(request.path());
    }
}

fn main() {
    chat::service();
}
