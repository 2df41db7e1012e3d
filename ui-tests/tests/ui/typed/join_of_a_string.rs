use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[join]
    fn room(_ws: &Ws, room: String) {
        println!("{room}");
    }
}

fn main() {}
