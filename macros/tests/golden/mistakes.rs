#[websocket("chat", ilde_timeout = 1)]
mod chat {
    struct Visitor;

    fn attach(name: &str) -> Visitor {
        Visitor
    }

    pub fn mesage(ws: &Ws, text: &str) {}

    fn close(ws: &mut Ws) {}

    fn service() {}
}
