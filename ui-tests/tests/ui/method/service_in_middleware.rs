use actix_web::{App, middleware::Logger, web};
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

fn main() {
    let _ = App::new().service(chat::service().wrap(Logger::default()));
    let _ = App::new().service(web::scope("/api").service(chat::service().wrap(Logger::default())));
}
