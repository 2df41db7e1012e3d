use actix_web::{HttpRequest, web};
use levante::prelude::*;

struct Db;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn open(ws: &Ws, request: HttpRequest) {
        ws.send(request.path());
    }

    async fn message(ws: &Ws, text: &str, _db: actix_web::web::Data<Db>) {
        ws.send(text);
    }

    fn close(ws: &Ws, path: web::Path<String>) {
        ws.publish("lobby", path.into_inner());
    }

    fn pong(ws: &Ws, _data: &[u8], request: &mut HttpRequest) {
        ws.send(request.path());
    }
}

fn main() {
    chat::service();
}
