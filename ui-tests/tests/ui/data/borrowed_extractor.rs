use actix_web::HttpRequest;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach(request: &HttpRequest) -> String {
        request.path().to_owned()
    }

    fn open(ws: &Ws) {
        ws.send(format!("welcome to {}", ws.data));
    }
}

fn main() {}
