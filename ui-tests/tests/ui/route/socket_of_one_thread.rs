use std::{cell::RefCell, rc::Rc};

use actix_web::{App, get};
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    pub struct Visitor {
        pub seen: Rc<RefCell<Vec<String>>>,
    }

    fn attach() -> Visitor {
        Visitor { seen: Rc::default() }
    }

    fn message(ws: &Ws, text: String) {
        ws.data.seen.borrow_mut().push(text);
    }
}

#[get("/hello")]
async fn hello(ws: chat::Ws) -> &'static str {
    ws.send("hello");
    "sent"
}

fn main() {
    let _ = App::new().service(chat::service()).service(hello);
}
