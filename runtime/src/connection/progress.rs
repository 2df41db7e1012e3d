//! What a connection and its driver tell each other.

use tokio::time::Instant;

use crate::worker::Worker;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// More bytes from the peer.
    Input,
    /// A handler to finish, or `resume`. At most so many bytes are read meanwhile, to notice what
    /// becomes of the peer.
    Ahead(usize),
    /// A handler to finish, or `resume`. The driver reads nothing meanwhile.
    Patience,
    /// The others of its worker to have their turn.
    Turn,
    /// Its queue to be written and the transport to be closed.
    End,
}

/// How far a connection has come with its input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// How many bytes of the input were taken. The rest is to be offered again.
    pub(crate) used: usize,
    pub(crate) want: Want,
}

/// So much may be done for one connection before the others of its worker have their turn. It is
/// about a millisecond: so many handlers that do next to nothing, or a publish to so many sockets.
const UNITS: usize = 4096;

/// A connection's turn: bounded by what it costs, and not by how many bytes it handles.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    /// When it is.
    pub(super) now: Instant,
    worker: &'a Worker,
    handled: usize,
    /// What the worker had delivered before.
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

    /// Counts something that is handled; `false` if the turn is over.
    #[inline]
    pub(super) fn count(&mut self) -> bool {
        let delivered = self.worker.work().wrapping_sub(self.delivered);
        self.handled += 1;
        self.handled.saturating_add(delivered) <= UNITS
    }
}
