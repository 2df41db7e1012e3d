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
    #[topic]
    use super::Room as _;

    fn open(ws: &Ws) {
        ws.subscribe("news");
    }
}

fn main() {}
