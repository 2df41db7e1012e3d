use levante::prelude::*;

#[websocket("/echo")]
mod echo {
    #[allow(non_camel_case_types)]
    struct str;

    fn message(ws: &Ws, _text: str) {
        ws.send("hello");
    }
}

fn main() {
    echo::service();
}
