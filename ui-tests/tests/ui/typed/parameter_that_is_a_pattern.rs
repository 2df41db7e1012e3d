use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn move_to(_ws: &Ws, (x, y): (u32, u32)) {
        println!("{x} {y}");
    }
}

fn main() {}
