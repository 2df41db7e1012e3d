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

    #[join]
    fn room(_ws: &Ws, _: &Room) {}
}

fn main() {}
