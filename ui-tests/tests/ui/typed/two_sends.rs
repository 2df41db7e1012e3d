use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    #[sends]
    pub enum Event {
        Welcome,
    }

    #[sends]
    pub enum Alarm {
        Fire,
    }

    fn open(ws: &Ws) {
        ws.send(Event::Welcome);
    }
}

fn main() {}
