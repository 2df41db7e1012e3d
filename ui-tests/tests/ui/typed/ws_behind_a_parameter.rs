use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    fn say(text: &str, ws: &Ws) {
        println!("{text} {:?}", ws.data);
    }
}

fn main() {}
