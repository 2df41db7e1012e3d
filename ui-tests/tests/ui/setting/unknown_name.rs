use levante::prelude::*;

#[websocket("/chat", max_message_size = self::LIMIT, send_pings = NEVER)]
mod chat {
    const LIMIT: usize = 1024;

    fn open(ws: &Ws) {
        ws.send(LIMIT.to_string());
    }
}

fn main() {
    chat::service();
}
