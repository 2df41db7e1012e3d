use levante::prelude::*;

#[websocket("/chat", crate = rt, send_pings = false)]
mod chat {
    fn attach() -> u32 {
        7
    }

    async fn open(ws: &Ws) -> Result<(), std::fmt::Error> {
        ws.send(ws.data.to_string());
        Ok(())
    }
}

fn main() {
    chat::service();
}
