use levante::prelude::*;

pub mod actix_multipart {
    pub struct Multipart;
}

#[websocket("/chat")]
mod chat {
    use super::*;

    async fn attach(_body: actix_multipart::Multipart) {}

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
