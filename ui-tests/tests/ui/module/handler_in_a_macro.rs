use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    macro_rules! handlers {
        () => {
            fn open(ws: &Ws) {
                ws.subscribe("lobby");
            }

            async fn message(ws: &Ws, text: &str) {
                ws.publish("lobby", text);
            }
        };
    }

    handlers!();
}

fn main() {
    chat::service();
}
