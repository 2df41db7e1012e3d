use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[websocket("/chat")]
mod chat {
    use super::*;

    #[topic("room/{id}", message = News)]
    pub struct Room {
        id: u32,
    }

    #[join]
    fn room(_ws: &Ws, _: &Room) {}

    #[join]
    fn place(_ws: &Ws, _: Room) {}
}

fn main() {}
