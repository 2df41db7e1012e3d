#![deny(warnings, dead_code)]

use std::{cell::RefCell, rc::Rc};

use levante::prelude::*;

#[websocket("/ws")]
mod socket {
    use super::*;

    fn attach() -> Rc<RefCell<Vec<String>>> {
        Rc::default()
    }

    async fn message(ws: &Ws, text: String) {
        ws.data.borrow_mut().push(text);
        std::future::ready(()).await;
        ws.send(ws.data.borrow().join("\n"));
    }
}

fn main() {
    socket::service();
}
