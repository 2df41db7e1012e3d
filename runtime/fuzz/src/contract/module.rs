//! The server's side: a typed module.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::Poll,
};

use levante::{BoxError, prelude::*};
use serde_json::Value;

pub(super) const MAX_TOPICS: usize = 3;
pub(super) const MAX_TOPIC_LEN: usize = 40;

#[derive(Default)]
pub(crate) struct Log {
    pub(super) socket: RefCell<Option<levante::Socket<talking::Endpoint>>>,
    /// How many errors the `error` handler has got.
    pub(super) errors: Cell<usize>,
    pub(super) closed: Cell<usize>,
    /// How many calls of `note` there were.
    pub(super) notes: Cell<u32>,
}

#[websocket("/talking", max_topics = MAX_TOPICS as u32, max_topic_len = MAX_TOPIC_LEN)]
#[expect(dead_code, reason = "no application mounts it")]
pub(super) mod talking {
    use super::*;

    pub(crate) struct Visitor(pub(crate) Rc<Log>);

    fn attach() -> Visitor {
        Visitor(Rc::default())
    }

    #[wire]
    pub(crate) struct Number {
        pub(crate) number: u32,
    }

    #[topic("room/{id}", message = Number)]
    pub(crate) struct Room {
        pub(crate) id: u32,
    }

    #[topic("seat/{row}/{name}", message = Number)]
    pub(crate) struct Seat {
        pub(crate) row: u8,
        pub(crate) name: String,
    }

    #[topic("hall", message = Number)]
    pub(crate) struct Hall;

    #[wire]
    pub(crate) enum Refused {
        TooLong { most: usize },
        Unlucky,
    }

    fn open(ws: &Ws) {
        ws.data.0.socket.replace(Some(ws.clone()));
    }

    #[on]
    fn say(_ws: &Ws, room: u32, text: &str) -> Result<String, Refused> {
        if text.len() > 20 {
            return Err(Refused::TooLong { most: 20 });
        }
        Ok(format!("{room} {text}"))
    }

    #[on]
    async fn add(_ws: &Ws, a: i64, b: Option<u8>) -> i64 {
        turn_back().await;
        a.wrapping_add(b.unwrap_or_default().into())
    }

    #[on]
    fn note(ws: &Ws) {
        ws.data.0.notes.update(|notes| notes.wrapping_add(1));
    }

    #[on]
    fn echo(_ws: &Ws, value: Value) -> Value {
        value
    }

    #[on]
    fn fail(_ws: &Ws, how: bool) -> Result<(), BoxError> {
        match how {
            true => Err("a secret".into()),
            false => Ok(()),
        }
    }

    #[join]
    fn room(ws: &Ws, room: &Room) -> Result<u32, Refused> {
        match room.id % 7 {
            5 => Err(Refused::Unlucky),
            6 => {
                ws.subscribe(room);
                Err(Refused::Unlucky)
            }
            _ => Ok(room.id),
        }
    }

    #[join]
    async fn seat(_ws: &Ws, Seat { row, name }: Seat) -> Result<String, BoxError> {
        turn_back().await;
        match row {
            13 => Err("a secret".into()),
            _ => Ok(name),
        }
    }

    fn error(ws: &Ws, _error: HandlerError) {
        ws.data.0.errors.update(|errors| errors + 1);
    }

    fn close(ws: &Ws) {
        ws.data.0.closed.update(|closed| closed + 1);
        assert!(ws.subscriptions().is_empty());
    }

    /// Is ready at the second poll.
    async fn turn_back() {
        let mut is_ready = false;
        poll_fn(|cx| {
            if is_ready {
                return Poll::Ready(());
            }
            is_ready = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
