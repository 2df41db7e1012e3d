use actix_web::HttpRequest;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attatch(request: HttpRequest) -> String {
        request.path().to_owned()
    }

    fn message(ws: &Ws, text: &str) {
        ws.publish("lobby", text);
    }
}

fn main() {
    chat::service();
}
