use actix_web::HttpRequest;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    async fn attach((request, body): (HttpRequest, Bytes)) -> usize {
        request.headers().len() + body.len()
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
