use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    pub struct Visitor;

    pub type Admission<T> = Attached<T>;

    async fn attach() -> Result<Admission<Visitor>, std::io::Error> {
        Ok(Admission::new(Visitor))
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
