//! The flush of an outbox to a socket without TLS.

use std::{cell::Cell, hint::black_box, rc::Rc};

use bytes::Bytes;
use levante::{__drive::Worker, prelude::*};

use crate::{
    Call, HotPath, path,
    stream::{Peer, Stream},
};

/// Messages are queued while no handler runs. The pump finds the outbox on its list, and gives all of
/// its bytes to the stream at once.
pub(crate) const PATHS: &[HotPath] = &[
    path("flush-64", SMALL, |_| small(1)),
    path("flush-64-16-at-once", 16 * SMALL, |_| small(16)),
    path("flush-16k", LARGE, |_| large()),
];

/// Bytes of a payload that is copied into the outbox, and of the header of its frame.
const SMALL: usize = 64;
const SMALL_HEADER: usize = 2;

/// Bytes of a payload that the outbox refers to, and of the header of its frame.
const LARGE: usize = 16 << 10;
const LARGE_HEADER: usize = 4;

#[websocket("/flush")]
#[expect(dead_code, reason = "no application mounts it")]
mod waiting {
    use super::*;

    /// Where the socket leaves its handle.
    pub(super) struct Visitor(pub(super) Rc<Cell<Option<Ws>>>);

    fn attach() -> Visitor {
        Visitor(Rc::default())
    }

    fn open(ws: &Ws) {
        ws.data.0.set(Some(ws.clone()));
    }
}

fn small(messages: usize) -> Call {
    let payload = [b'a'; SMALL];
    flush(messages * SMALL_HEADER, move |ws| {
        for _ in 0..messages {
            ws.send(black_box(&payload[..]));
        }
    })
}

fn large() -> Call {
    let payload = Bytes::from(vec![b'a'; LARGE]);
    flush(LARGE_HEADER, move |ws| {
        ws.send(black_box(payload.clone()));
    })
}

/// `fill` queues messages whose headers have this many bytes.
fn flush(headers: usize, fill: impl Fn(&waiting::Ws) + 'static) -> Call {
    let peer = Rc::new(Peer::default());
    let worker = Worker::<waiting::Endpoint>::new(&Server::new());
    let handle = Rc::<Cell<_>>::default();
    worker.connect(waiting::Visitor(handle.clone()), Stream(peer.clone()));
    worker.turn();
    let ws = handle.take();
    Box::new(move || {
        ws.iter().for_each(&fill);
        worker.turn();
        peer.take_received().saturating_sub(headers)
    })
}
