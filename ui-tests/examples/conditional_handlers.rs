#![deny(warnings, dead_code)]
#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::non_minimal_cfg)]

use levante::prelude::*;

#[websocket("/ws")]
mod socket {
    #[allow(dead_code)]
    struct Guest;

    pub struct User {
        pub name: String,
    }

    #[cfg(any())]
    fn attach() -> Guest {
        Guest
    }

    #[cfg(not(any()))]
    fn attach() -> User {
        User {
            name: "somebody".into(),
        }
    }

    #[cfg(any())]
    fn open(ws: &Ws) {
        ws.does_not_exist();
    }

    #[cfg(any())]
    fn message(ws: &Ws, bytes: &[u8]) {
        ws.send(bytes);
    }

    #[cfg(not(any()))]
    #[cfg(all())]
    async fn message(ws: &Ws, text: &str) {
        ws.send(format!("{}: {text}", ws.data.name));
    }
}

#[websocket("/nothing")]
mod nothing {
    #[cfg(any())]
    fn attach() -> u32 {
        7
    }

    fn open(ws: &Ws) {
        let () = ws.data;
    }
}

fn main() {
    socket::service();
    nothing::service();
    let _: fn(&socket::Ws) = |ws| println!("{}", ws.data.name);
}
