use std::{cell::Cell, rc::Rc};

use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    fn attach() -> Rc<Cell<u32>> {
        Rc::default()
    }

    fn open(ws: &Ws) {
        ws.data.set(1);
    }
}

fn main() {
    let _ = chat::service();
    let _ = Server::global().sockets::<chat::Ws>();
}
