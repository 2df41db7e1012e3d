#![deny(warnings, dead_code)]

use levante::prelude::*;

#[websocket("/ws")]
mod socket {
    use super::*;

    async fn attach() -> String {
        "somebody".into()
    }

    async fn open(ws: &Ws) {
        ws.send(ws.data.as_str());
    }

    async fn message(ws: &Ws, text: &str) -> Result<(), BoxError> {
        std::future::ready(()).await;
        ws.send(text);
        Ok(())
    }

    async fn close(_: &Ws) {}

    async fn drain(_ws: &Ws) -> Result<(), BoxError> {
        Ok(())
    }

    async fn dropped(ws: &Ws, message: &Message) -> Result<(), BoxError> {
        std::future::ready(()).await;
        ws.send(message);
        Ok(())
    }

    async fn subscription(ws: &Ws, topic: &str, subscribers: usize) {
        std::future::ready(()).await;
        ws.publish(topic, subscribers.to_string());
    }

    async fn ping(ws: &Ws, data: &[u8]) {
        std::future::ready(()).await;
        ws.send(data);
    }

    async fn pong(ws: &Ws, data: &[u8]) {
        ws.send(data);
    }

    async fn error(ws: &Ws, error: HandlerError) {
        ws.send(error.to_string());
    }
}

fn main() {
    socket::service();
}
