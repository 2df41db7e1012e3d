use levante::prelude::*;

#[websocket("/echo")]
mod echo {
    struct Refused;

    fn message(ws: &Ws, text: &str) -> Result<(), Refused> {
        ws.send(text);
        Err(Refused)
    }
}

fn main() {
    echo::service();
}
