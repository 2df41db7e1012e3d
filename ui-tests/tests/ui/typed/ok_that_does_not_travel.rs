use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    pub struct Secret;

    #[on]
    fn ask(_ws: &Ws) -> Result<Secret, std::io::Error> {
        Ok(Secret)
    }
}

fn main() {}
