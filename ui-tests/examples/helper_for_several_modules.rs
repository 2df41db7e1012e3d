#![deny(warnings, dead_code)]

use std::collections::HashSet;

use levante::{Anything, Endpoint, prelude::*};

/// The data of every socket has a name.
trait Named {
    fn name(&self) -> &str;
}

#[websocket("/chat")]
mod chat {
    use super::*;

    struct Visitor {
        name: String,
    }

    impl Named for Visitor {
        fn name(&self) -> &str {
            &self.name
        }
    }

    fn attach() -> Visitor {
        Visitor {
            name: "Ann".to_owned(),
        }
    }

    fn open(ws: &Ws) {
        introduce(ws);
    }

    fn message(ws: &Ws, _message: Message) {
        count(std::slice::from_ref(ws));
    }
}

#[websocket("/game")]
mod game {
    use super::*;

    struct Player;

    impl Named for Player {
        fn name(&self) -> &str {
            "a player"
        }
    }

    fn attach() -> Player {
        Player
    }

    async fn open(ws: &Ws) {
        introduce_later(ws).await;
    }
}

#[websocket("/clock")]
mod clock {
    use super::*;

    fn open(ws: &Ws) {
        welcome(ws);
    }
}

fn welcome<E: Endpoint<Sends = Anything>>(ws: &Socket<E>) {
    ws.subscribe("news");
    ws.send("welcome");
}

fn introduce<E: Endpoint<Data: Named, Sends = Anything>>(ws: &Socket<E>) {
    welcome(ws);
    ws.publish("news", format_args!("{} is here", ws.data.name()));
}

async fn introduce_later<E>(ws: &Socket<E>)
where
    E: Endpoint<Sends = Anything>,
    E::Data: Named,
{
    std::future::ready(()).await;
    introduce(ws);
}

/// Sockets of one module can be in a set.
#[expect(clippy::mutable_key_type, reason = "the hash is that of the id")]
fn count<E: Endpoint>(sockets: &[Socket<E>]) -> usize {
    let set: HashSet<&Socket<E>> = sockets.iter().collect();
    set.len()
}

fn main() {
    let _ = (chat::service(), game::service(), clock::service());
}
