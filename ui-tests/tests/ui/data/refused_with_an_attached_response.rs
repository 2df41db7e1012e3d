use actix_web::HttpResponse;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> Attached<HttpResponse> {
        Attached::new(HttpResponse::Unauthorized().finish())
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
