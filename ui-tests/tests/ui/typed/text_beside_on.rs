use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn leave(ws: &Ws) {
        ws.close();
    }

    fn message(_ws: &Ws, text: &str) {
        println!("{text}");
    }
}

fn main() {}
