use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("room/{id}", message = News)]
pub struct Room {
    id: u32,
}

#[websocket("/chat")]
mod chat {
    use super::*;

    fn open(ws: &Ws) {
        ws.subscribe(Room { id: 7 });
    }
}

fn main() {}
