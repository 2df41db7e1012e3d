use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[cfg_attr(unix, on)]
    fn leave(ws: &Ws) {
        ws.close();
    }

    fn open(ws: &Ws) {
        ws.subscribe("news");
    }
}

fn main() {}
