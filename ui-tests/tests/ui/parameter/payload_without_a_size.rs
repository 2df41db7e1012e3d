use levante::prelude::*;

#[websocket("/echo")]
mod echo {
    fn message(ws: &Ws, _text: str) {
        ws.send("hello");
    }

    fn ping(ws: &Ws, _data: [u8]) {
        ws.send("hello");
    }
}

fn main() {
    echo::service();
}
