use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[sends]
    #[wire]
    pub enum Event {
        Welcome,
    }

    fn open(ws: &Ws) {
        ws.send(Event::Welcome);
    }
}

fn main() {}
