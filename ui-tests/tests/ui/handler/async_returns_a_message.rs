use levante::prelude::*;

#[websocket("/echo")]
mod echo {
    async fn message(_: &Ws, text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}

fn main() {
    echo::service();
}
