use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    #[sends]
    pub enum Event {
        Welcome,
    }

    fn message(ws: &Ws, _: Json<u32>) {
        ws.send(Event::Welcome);
    }
}

fn main() {}
