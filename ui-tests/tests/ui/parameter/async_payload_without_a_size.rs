use levante::prelude::*;

#[websocket("/echo")]
mod echo {
    async fn message(ws: &Ws, _bytes: [u8]) {
        ws.send("hello");
    }
}

fn main() {
    echo::service();
}
