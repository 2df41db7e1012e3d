use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    pub(crate) mod rooms {
        #[levante::on]
        fn say(text: &str) {
            println!("{text}");
        }
    }

    fn open(ws: &Ws) {
        ws.subscribe("news");
    }
}

fn main() {}
