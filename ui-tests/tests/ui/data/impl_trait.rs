use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    fn attach() -> Result<impl std::fmt::Display, std::io::Error> {
        Ok("somebody")
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
