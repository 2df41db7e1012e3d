use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[sends]
    pub enum Event {
        Welcome,
    }

    fn open(ws: &Ws) {
        ws.send("welcome");
    }
}

fn main() {}
