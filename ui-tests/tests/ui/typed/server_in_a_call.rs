use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use levante::prelude::*;

    #[on]
    fn shout(_ws: &Ws, server: Server) {
        println!("{server:?}");
    }
}

fn main() {}
