use levante::prelude::*;

#[websocket(r"/chat/{tail:\w+}*")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {}
