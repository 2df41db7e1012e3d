use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    pub struct Person;

    #[join]
    fn room(_ws: &Ws, _: &Person) {}
}

fn main() {}
