#[websocket("/echo")]
mod echo {
    use levante::prelude::*;

    fn message(ws: &Ws, message: Message) {
        ws.send(message);
    }
}
