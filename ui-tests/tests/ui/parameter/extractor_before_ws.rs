use actix_web::web::Data;
use levante::prelude::*;

struct Db;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn message(_db: Data<Db>, ws: &Ws, text: &str) {
        ws.send(text);
    }

    fn drain(_db: Data<Db>, ws: &Ws) {
        ws.send("once more");
    }
}

fn main() {
    chat::service();
}
