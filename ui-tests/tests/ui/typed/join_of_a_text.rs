use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[join]
    fn room(_ws: &Ws, room: &str) {
        println!("{room}");
    }
}

fn main() {}
