use actix_web::HttpResponse;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    async fn attach() -> actix_web::Result<HttpResponse> {
        Ok(HttpResponse::Unauthorized().finish())
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
