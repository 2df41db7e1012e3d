//! The connections that a server has taken over from actix. actix no longer counts them.

use std::sync::{
    Arc, PoisonError, Weak,
    atomic::{
        AtomicBool, AtomicUsize,
        Ordering::{AcqRel, Acquire, Relaxed, Release},
    },
};

use tokio::sync::Notify;

use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    hub,
    lock::{Mutex, MutexGuard, SPACES},
    worker::{Closing, Owner, Space, Which},
};

/// Counts the connections that one server has taken over, and closes them.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) owner: Owner,
    /// The largest number of connections.
    limit: usize,
    inside: AtomicUsize,
    closed: AtomicBool,
    emptied: Notify,
    /// The pub/sub spaces that have connections of this server.
    spaces: Mutex<Vec<Weak<Space>>, SPACES>,
}

/// Counts one connection as long as it lives.
#[derive(Debug)]
pub(crate) struct Pass(Arc<Gate>);

impl Gate {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        static OWNERS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        Arc::new(Self {
            owner: OWNERS.fetch_add(1, Relaxed),
            limit,
            inside: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            emptied: Notify::new(),
            spaces: Mutex::default(),
        })
    }

    /// Admits a connection. `None` if the limit is reached or the server is stopping.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Pass> {
        let before = self.inside.fetch_add(1, AcqRel);
        // From here on the count is always right: dropping the pass, also on refusal, corrects it.
        let pass = Pass(self.clone());
        (before < self.limit && !self.is_closed()).then_some(pass)
    }

    /// Whether the server is stopping.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Acquire)
    }

    /// Records a space, so that [`close`](Self::close) also closes its sockets. The caller must
    /// have registered its connection with the space before.
    ///
    /// Returns `false` if the server is stopping. In that case `close` may have missed the
    /// connection, so the caller must not open it.
    #[must_use]
    pub(crate) fn visit(&self, space: &Arc<Space>) -> bool {
        let mut spaces = self.spaces();
        if !spaces.iter().any(|known| is_it(known, space)) {
            spaces.push(Arc::downgrade(space));
        }
        drop(spaces);
        !self.is_closed()
    }

    /// Whether the server has or had connections in this space.
    pub(super) fn has_visited(&self, space: &Arc<Space>) -> bool {
        self.spaces().iter().any(|known| is_it(known, space))
    }

    /// Refuses new connections and asks all open connections to close.
    pub(crate) fn close(&self) {
        self.closed.store(true, Release);
        let spaces = self.spaces().clone();
        for space in spaces.iter().filter_map(Weak::upgrade) {
            hub::close_all(&space, &self.farewell());
        }
    }

    fn spaces(&self) -> MutexGuard<'_, Vec<Weak<Space>>> {
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn farewell(&self) -> Closing {
        let reason = CloseReason::new(CloseCode::GoingAway, "", ClosedBy::Shutdown);
        Closing {
            which: Which::Of(self.owner),
            reason,
        }
    }

    /// Waits until no connection is left.
    pub(crate) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.inside.load(Acquire) == 0 {
                return;
            }
            emptied.await;
        }
    }
}

fn is_it(known: &Weak<Space>, space: &Arc<Space>) -> bool {
    std::ptr::eq(known.as_ptr(), Arc::as_ptr(space))
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.0.inside.fetch_sub(1, AcqRel) == 1 {
            self.0.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_come_in_than_the_limit_and_none_once_it_is_closed() {
        let gate = Gate::new(2);
        let first = gate.enter().unwrap();
        let second = gate.enter().unwrap();
        assert!(gate.enter().is_none());
        drop(first);
        let third = gate.enter().unwrap();
        gate.close();
        drop((second, third));
        assert!(gate.enter().is_none());
        assert_eq!(gate.inside.load(Acquire), 0);
    }

    #[test]
    fn a_connection_is_either_closed_with_the_others_or_not_opened() {
        let gate = Gate::new(1);
        let [first, second] = [hub::open(), hub::open()];
        assert!(gate.visit(&first));
        assert!(gate.has_visited(&first) && !gate.has_visited(&second));
        gate.close();
        assert!(!gate.visit(&second));
        assert!(gate.has_visited(&second));
    }
}
