//! Holds messages back after a reconnect until the other nodes hear again.
//!
//! A broker that has restarted acknowledges a message at once, also if no other node has subscribed
//! again yet. Such a message would reach no node and would be counted as sent. So after a reconnect
//! a node sends none until each node that was alive before has said over the new connection that it
//! is ready, has said goodbye, or is given up because its lease has ended. A node that is alive and
//! does not become ready, because the broker refuses its subscriptions for example, is not waited for
//! without an end: it would hold up all others.

use std::collections::BTreeSet;

/// The nodes that the messages wait for. The gate is open if there are none.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    awaited: BTreeSet<u64>,
}

impl Gate {
    /// Closes the gate for a new connection, until all these nodes are ready. It is open at once if
    /// there are none.
    pub(crate) fn close(&mut self, alive: impl IntoIterator<Item = u64>) {
        self.awaited = alive.into_iter().collect();
    }

    /// Notes a heartbeat that has arrived over the present connection.
    pub(crate) fn heard(&mut self, node: u64, ready: bool) {
        if ready {
            self.awaited.remove(&node);
        }
    }

    /// Notes that a node has said goodbye, or that its lease has ended.
    pub(crate) fn gone(&mut self, node: u64) {
        self.awaited.remove(&node);
    }

    /// Opens the gate for all.
    pub(crate) fn open(&mut self) {
        self.awaited.clear();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.awaited.is_empty()
    }

    /// The nodes that have not been heard yet.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = u64> {
        self.awaited.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_when_all_are_ready_or_gone() {
        let mut gate = Gate::default();
        assert!(gate.is_open());
        gate.close([1, 2, 3]);
        gate.heard(1, false);
        gate.heard(4, true);
        assert!(gate.awaited().eq([1, 2, 3]));
        gate.heard(1, true);
        gate.gone(3);
        assert!(!gate.is_open());
        gate.heard(2, true);
        assert!(gate.is_open());
        gate.heard(2, false);
        assert!(gate.is_open(), "it closes only for a new connection");
    }

    #[test]
    fn a_new_connection_begins_anew() {
        let mut gate = Gate::default();
        gate.close([1, 2]);
        gate.heard(1, true);
        gate.close([1]);
        assert!(gate.awaited().eq([1]));
        gate.close([]);
        assert!(gate.is_open());
        gate.close([1, 2]);
        gate.open();
        assert!(gate.is_open());
    }
}
