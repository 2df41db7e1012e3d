use levante::prelude::*;

#[websocket("/chat")]
async fn chat(text: String) -> String {
    text
}

fn main() {}
