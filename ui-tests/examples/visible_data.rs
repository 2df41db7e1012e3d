#![deny(warnings, dead_code)]

use levante::prelude::*;

pub mod sockets {
    use super::*;

    #[websocket("/public")]
    pub mod public {
        pub struct Visitor {
            pub name: String,
        }

        fn attach() -> Visitor {
            Visitor {
                name: "somebody".into(),
            }
        }

        fn open(ws: &Ws) {
            ws.send(&ws.data.name);
        }
    }

    #[websocket("/crate")]
    pub mod within {
        pub(crate) struct Visitor {
            pub(crate) name: String,
        }

        fn attach() -> Visitor {
            Visitor {
                name: "somebody".into(),
            }
        }

        fn open(ws: &Ws) {
            ws.send(&ws.data.name);
        }
    }

    #[websocket("/ancestor")]
    pub mod ancestor {
        pub(in super::super) struct Visitor {
            pub(in super::super) name: String,
        }

        fn attach() -> Visitor {
            Visitor {
                name: "somebody".into(),
            }
        }

        fn open(ws: &Ws) {
            ws.send(&ws.data.name);
        }
    }
}

pub fn shout(ws: &sockets::public::Ws) {
    ws.send(ws.data.name.to_uppercase());
}

fn main() {
    sockets::public::service();
    sockets::within::service();
    sockets::ancestor::service();
    let _: fn(&sockets::within::Ws) = |ws| println!("{}", ws.data.name);
    let _: fn(&sockets::ancestor::Ws) = |ws| println!("{}", ws.data.name);
}
