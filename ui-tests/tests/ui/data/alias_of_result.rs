use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    struct Visitor;

    type Admission = Result<Visitor, std::io::Error>;

    fn attach() -> Admission {
        Ok(Visitor)
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
