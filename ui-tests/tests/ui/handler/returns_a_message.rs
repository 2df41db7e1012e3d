use levante::prelude::*;

#[websocket("/echo")]
mod echo {
    fn message(_: &Ws, text: &str) -> String {
        text.to_owned()
    }
}

fn main() {
    echo::service();
}
