use levante::prelude::*;

#[websocket("/count")]
mod count {
    fn message(ws: &Ws, n: u32) {
        ws.send(n.to_string());
    }
}

fn main() {
    count::service();
}
