use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn close(ws: &Ws, _text: &str) {
        ws.close();
    }

    #[join]
    fn room(_ws: &Ws, (a, b): (u8, u8)) {
        println!("{a} {b}");
    }

    fn helper(ws: &Ws) {
        ws.subscribe("news");
    }
}

fn main() {}
