use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[derive(serde::Deserialize)]
    pub struct Secret;

    #[on]
    fn say(_ws: &Ws, secret: Secret) {
        let Secret = secret;
    }
}

fn main() {}
