use actix_web::HttpRequest;
use levante::prelude::*;

#[websocket("chat", ilde_timeout = 60)]
mod chat {
    use super::*;

    pub struct Visitor;

    fn attach(_: &HttpRequest) -> Visitor {
        Visitor
    }

    pub fn mesage(ws: &Ws, text: &str) {
        ws.send(text);
    }

    unsafe fn close<T>(_: CloseReason, ws: &mut Ws, _: T) {
        ws.publish("lobby", "somebody left");
    }

    fn service() {}
}

fn main() {}
