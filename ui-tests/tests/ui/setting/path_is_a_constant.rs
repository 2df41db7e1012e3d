use levante::prelude::*;

const PATH: &str = "/chat";

#[websocket(PATH)]
mod chat {
    use super::*;

    fn open(ws: &Ws) {
        ws.send(PATH);
    }
}

fn main() {}
