#[websocket("/ws")]
mod socket {
    pub(crate) struct Visitor;

    async fn attach() -> Visitor {
        Visitor
    }

    async fn open(ws: &Ws) -> Result<(), Error> {
        Ok(())
    }

    async fn message(ws: &Ws, text: &str) {}

    async fn close(ws: &Ws, reason: CloseReason) {}

    async fn drain(ws: &Ws) {}

    async fn dropped(ws: &Ws, message: &Message) {}

    async fn subscription(ws: &Ws, topic: &str, subscribers: usize) {}

    async fn ping(ws: &Ws, data: &[u8]) {}

    async fn pong(ws: &Ws, data: &[u8]) {}

    async fn error(ws: &Ws, error: HandlerError) {}
}
