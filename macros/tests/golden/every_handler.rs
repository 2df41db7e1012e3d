#[websocket("/ws")]
pub mod socket {
    //! Every handler, none of them `async`.

    pub struct Visitor;

    fn attach(request: HttpRequest, web::Query(join): web::Query<Join>) -> Attached<Visitor> {
        Attached::new(Visitor)
    }

    fn open(ws: &Ws) -> Result<(), Error> {
        Ok(())
    }

    fn message(_: &Ws, Json(hello): Json<Hello<'_>>) -> Result<(), Error> {
        Ok(())
    }

    pub fn close(ws: &Ws, reason: CloseReason) {}

    fn drain(ws: &Ws) {}

    fn dropped(ws: &Ws, message: &Message) {}

    fn subscription(ws: &Ws, topic: &str, subscribers: usize) {}

    fn ping(ws: &Ws, data: &[u8]) {}

    fn pong(ws: &Ws, data: &[u8]) {}

    fn error(ws: &Ws, error: HandlerError) {}
}
