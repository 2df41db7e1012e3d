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

    #[topic("room/{name}", message = News)]
    pub struct Place {
        name: String,
    }

    fn open(ws: &Ws) {
        ws.subscribe(Room { id: 7 });
        ws.subscribe(Place { name: "hall".into() });
    }
}

fn main() {}
