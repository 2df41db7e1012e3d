use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    type Answer<T> = Result<T, std::io::Error>;

    #[on]
    fn count(_ws: &Ws) -> Answer<u32> {
        Ok(7)
    }
}

fn main() {}
