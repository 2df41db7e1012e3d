//! The results and bounds that a connection and its driver exchange.

use tokio::time::Instant;

use crate::worker::Worker;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// More bytes from the peer.
    Input,
    /// A handler to finish, or `resume`. At most so many bytes are read meanwhile, to notice pings
    /// and the end of the peer.
    Ahead(usize),
    /// A handler to finish, or `resume`. The driver reads nothing meanwhile.
    Patience,
    /// The other connections of its worker to have their turn.
    Turn,
    /// Its queue to be written and the transport to be closed.
    End,
}

/// How much of its input a connection has handled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// The bytes of the input that were consumed. The driver offers the other bytes again.
    pub(crate) used: usize,
    pub(crate) want: Want,
}

/// The work that may be done for one connection before the others of its worker have their turn. It
/// takes about a millisecond: 4096 handlers that do next to nothing, or publishes to 4096 sockets.
const UNITS: usize = 4096;

/// A turn of a connection. Its bound is the cost of the work, not the number of bytes.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    /// The time of the turn.
    pub(super) now: Instant,
    worker: &'a Worker,
    handled: usize,
    /// The work of the worker when the turn began.
    delivered: usize,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(now: Instant, worker: &'a Worker) -> Self {
        Self {
            now,
            worker,
            handled: 0,
            delivered: worker.work(),
        }
    }

    /// Counts one handled event; `false` if the turn is over.
    #[inline]
    pub(super) fn count(&mut self) -> bool {
        let delivered = self.worker.work().wrapping_sub(self.delivered);
        self.handled += 1;
        self.handled.saturating_add(delivered) <= UNITS
    }
}
