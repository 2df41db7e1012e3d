use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[on]
    pub struct Say;

    fn open(ws: &Ws) {
        ws.close();
    }
}

fn main() {}
