use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[closes]
    pub enum Bye {
        Kicked = 4001,
    }

    fn open(ws: &Ws) {
        ws.close_with(4001, "as you wish");
    }
}

fn main() {}
