use levante::prelude::*;

#[websocket("/count")]
mod count {
    async fn message(ws: &Ws, pair: std::collections::HashMap<String, u32>) {
        ws.send(pair.len().to_string());
    }
}

fn main() {
    count::service();
}
