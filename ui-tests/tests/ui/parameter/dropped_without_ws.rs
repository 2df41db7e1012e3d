use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn dropped(message: &Message) {
        println!("{message:?}");
    }
}

fn main() {}
