use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    pub struct Visitor;

    pub(self) struct Secret;

    fn attach() -> Result<(Visitor, Option<Secret>), actix_web::Error> {
        Ok((Visitor, Some(Secret)))
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn hello(ws: chat::Ws) {
    ws.send("hello from outside");
}

fn main() {
    chat::service();
}
