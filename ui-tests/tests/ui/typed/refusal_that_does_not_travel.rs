use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    pub struct Secret;

    #[on]
    fn ask(_ws: &Ws) -> Result<u32, Secret> {
        Err(Secret)
    }
}

fn main() {}
