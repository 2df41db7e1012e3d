use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    async fn attach() -> Result<Attached<u32>, levante::BoxError> {
        Err("nobody gets in".into())
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
