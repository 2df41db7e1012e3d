use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[derive(serde::Serialize)]
    pub struct Secret;

    #[on]
    fn ask(_ws: &Ws) -> Secret {
        Secret
    }
}

fn main() {}
