//! The server's side. Its handler obeys the messages that it gets.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use levante::{CloseReason, Incoming, Kind, SendStatus, prelude::*};

use crate::client::{BINARY, Frame, TEXT};

pub(super) const MAX_MESSAGE: usize = 2000;
pub(super) const LIMIT: usize = 3000;
pub(super) const TOPIC: &str = "topic";

/// The first byte of every published message. No sent message begins with it.
pub(super) const PUBLISHED: u8 = 0xff;

/// Counts of the calls of the handlers, and their sends.
#[derive(Default)]
pub(crate) struct Log {
    pub(super) socket: RefCell<Option<levante::Socket<answering::Endpoint>>>,
    pub(super) opened: Cell<usize>,
    pub(super) closed: Cell<usize>,
    /// The messages that were sent, not dropped, and have not arrived.
    pub(super) sent: RefCell<VecDeque<Frame>>,
}

#[websocket(
    "/answering",
    max_message_size = MAX_MESSAGE,
    backpressure_limit = LIMIT,
    compression_threshold = 1,
)]
#[expect(dead_code, reason = "no application mounts it")]
pub(super) mod answering {
    use super::*;

    pub(crate) struct Visitor(pub(crate) Rc<Log>);

    fn attach() -> Visitor {
        Visitor(Rc::default())
    }

    fn open(ws: &Ws) {
        let log = &ws.data.0;
        log.opened.update(|count| count + 1);
        log.socket.replace(Some(ws.clone()));
        ws.subscribe(TOPIC);
    }

    fn message(ws: &Ws, message: Incoming<'_>) {
        is_called_in_time(ws);
        let bytes = message.as_bytes();
        assert!(bytes.len() <= MAX_MESSAGE);
        match bytes {
            [PUBLISHED, ..] => {}
            [b'c', code @ ..] => ws.close_with(code_of(code), "as you say"),
            [b't', ..] => ws.terminate(),
            [b'p', data @ ..] => _ = ws.ping(data),
            [b's', ..] => ws.pause(),
            [b'm', ..] => (0..10).for_each(|_| send(ws, &message)),
            _ => send(ws, &message),
        }
    }

    fn drain(ws: &Ws) {
        is_called_in_time(ws);
    }

    fn ping(ws: &Ws, data: &[u8]) {
        is_called_in_time(ws);
        assert!(data.len() <= 125);
    }

    fn pong(ws: &Ws, data: &[u8]) {
        is_called_in_time(ws);
        assert!(data.len() <= 125);
    }

    fn close(ws: &Ws, _reason: CloseReason) {
        ws.data.0.closed.update(|count| count + 1);
        assert_eq!(ws.send("too late"), SendStatus::Dropped(DropReason::Closed));
        assert!(ws.subscriptions().is_empty());
    }

    /// Checks that no handler runs before `open`, or once the socket is closing.
    fn is_called_in_time(ws: &Ws) {
        let log = &ws.data.0;
        assert_eq!((log.opened.get(), log.closed.get()), (1, 0));
        assert_eq!(ws.ready_state(), ReadyState::Open);
    }

    fn code_of(bytes: &[u8]) -> u16 {
        bytes
            .first_chunk()
            .map_or(1000, |code| u16::from_be_bytes(*code))
    }

    fn send(ws: &Ws, message: &Incoming<'_>) {
        let bytes = message.as_bytes();
        let text = message.as_text().unwrap_or_default();
        let (opcode, status) = match (message.kind(), bytes.first()) {
            (Kind::Text, Some(b'u')) => (TEXT, ws.send(text)),
            (Kind::Text, _) => (TEXT, ws.send(Compressed(text))),
            (Kind::Binary, Some(b'u')) => (BINARY, ws.send(bytes)),
            (Kind::Binary, _) => (BINARY, ws.send(Compressed(bytes))),
        };
        if !status.is_dropped() {
            let payload = bytes.to_vec();
            ws.data
                .0
                .sent
                .borrow_mut()
                .push_back(Frame { opcode, payload });
        }
    }
}
