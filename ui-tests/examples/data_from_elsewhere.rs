#![deny(warnings, dead_code)]
#![allow(clippy::type_complexity)]

use levante::prelude::*;

/// Private to this file.
#[derive(Default)]
struct Visitor {
    name: String,
}

#[websocket("/first")]
mod first {
    use super::*;

    fn attach() -> Visitor {
        Visitor::default()
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data.name);
    }
}

/// Another socket with the same data.
#[websocket("/second")]
mod second {
    use super::*;

    fn attach() -> super::Visitor {
        Visitor::default()
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data.name);
    }
}

pub mod model {
    pub struct Member {
        pub name: String,
    }
}

pub mod sockets {
    use super::*;

    #[websocket("/members")]
    pub mod members {
        use super::super::model::Member;
        use levante::Attached;

        fn attach() -> Attached<Option<Member>> {
            Attached::new(None)
        }

        fn open(ws: &Ws) {
            ws.send(ws.data.as_ref().map_or("nobody", |member| &member.name));
        }
    }

    #[websocket("/names")]
    pub(super) mod names {
        fn attach() -> String {
            "somebody".into()
        }

        fn open(ws: &Ws) {
            ws.send(ws.data.as_str());
        }
    }
}

trait Greet {
    fn greet(&self);
}

impl Greet for first::Ws {
    fn greet(&self) {
        self.send("first");
    }
}

impl Greet for second::Ws {
    fn greet(&self) {
        self.send("second");
    }
}

pub fn member(ws: &sockets::members::Ws) {
    ws.send("a member");
}

fn main() {
    first::service();
    second::service();
    sockets::members::service();
    sockets::names::service();
    let _: (fn(&first::Ws), fn(&second::Ws)) = (Greet::greet, Greet::greet);
    let _: fn(&sockets::names::Ws) = |ws| println!("{}", ws.data);
}
