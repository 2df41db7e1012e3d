use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[closes]
    pub enum Bye {
        Kicked = 4001,
    }

    #[closes]
    pub enum Farewell {
        Banned = 4002,
    }

    fn open(ws: &Ws) {
        ws.close_with(Bye::Kicked, "");
    }
}

fn main() {}
