use levante::prelude::*;

pub struct Room {
    pub id: u32,
}

#[websocket("/chat")]
mod chat {
    use super::*;

    fn open(ws: &Ws) {
        ws.subscribe(Room { id: 7 });
    }
}

fn main() {}
