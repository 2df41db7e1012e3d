use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    macro_rules! echo {
        ($handler:ident, $payload:ty) => {
            fn $handler(ws: &Ws, payload: $payload) {
                ws.send(payload);
            }
        };
    }

    echo!(message, &str);
    echo!(ping, &[u8]);
}

fn main() {
    chat::service();
}
