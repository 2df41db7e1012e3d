//! Holds messages of other nodes back after a reconnect until it is known which of them come again.
//!
//! A broker that was frozen for longer than the deadline has lost no connection by itself: the nodes
//! have, and have connected again. When it goes on, it still reads what a node A has published over
//! its former connection, while another node B subscribes over a new one. So B may hear only the end of
//! a batch, such as 2 and 3 of 1, 2 and 3. Nothing in these messages tells two cases apart:
//!
//! - *Only B was away.* The connection of A is the same as before, and A does not send these messages
//!   again. So B must take them. What it has missed before is not counted: B tells by its state that it
//!   was away.
//! - *Both were away.* A sends 1, 2 and 3 again over its new connection, because the broker has not
//!   acknowledged them to A, and B must take them then. If it took 2 and 3 now, it would have to drop 1
//!   as an old message, which would be lost although A counts it as acknowledged.
//!
//! So B keeps what it hears of A until a heartbeat of A names the present connection of B, see
//! [`Gate`](super::gate::Gate). That heartbeat was written after B had connected, and has the number of
//! the connection of A. B takes what A has sent over this connection or a later one. It drops the rest
//! without a note in its filter, see [`Sequences`](super::sequence::Sequences): it is of a connection
//! that A has left, and A sends again what the broker has not acknowledged over that. If A has left it
//! only after B had come back, and before A could answer, the broker may have acknowledged some of it.
//! That is a part of what B has missed because it was away. The order of the messages of A stays: what
//! is kept is handled before all that arrives later.
//!
//! B asks all nodes for a heartbeat at once. So if only B was away, its messages come later by the time
//! that A needs to answer, and B misses none that it would get without this. The messages of a node that
//! is away itself wait until that node is back. B takes what it has kept of a node that has said
//! goodbye, or whose lease has ended, because it counts as gone. It does so, too, if a node is alive
//! and does not answer for two leases, or if too much is kept: a former connection leaves no more than
//! one batch, so more than that is rather from a connection that lasts.
//!
//! A node numbers its connections from 1. A message says its number only from the second one on, so
//! that it is no longer than without numbers as long as nothing breaks. Nodes of a release that does not
//! number connections have no number in their heartbeats. Their messages are not kept.

use std::{collections::BTreeSet, mem};

/// The bytes that are kept at most.
const MOST: usize = 16 << 20;

/// The bytes that a message takes besides its content, about.
const OVERHEAD: usize = 128;

/// The messages of nodes that have not named the present connection yet.
#[derive(Debug)]
pub(crate) struct Hold<M> {
    awaited: BTreeSet<u64>,
    /// In the order in which they have arrived, with their costs.
    kept: Vec<(u64, usize, M)>,
    bytes: usize,
}

impl<M> Default for Hold<M> {
    fn default() -> Self {
        Self {
            awaited: BTreeSet::new(),
            kept: Vec::new(),
            bytes: 0,
        }
    }
}

impl<M> Hold<M> {
    /// The connection is lost. Messages of these nodes are kept from now on. What is kept already, over
    /// a connection that was too short for an answer, stays.
    pub(crate) fn close(&mut self, nodes: impl IntoIterator<Item = u64>) {
        self.awaited.extend(nodes);
    }

    /// Whether the messages of a node are to be kept.
    pub(crate) fn holds(&self, node: u64) -> bool {
        // Most of the time there are none.
        !self.awaited.is_empty() && self.awaited.contains(&node)
    }

    /// Keeps a message. `false` if there is too much: then all must be taken.
    #[must_use]
    pub(crate) fn keep(&mut self, node: u64, bytes: usize, message: M) -> bool {
        let cost = bytes.saturating_add(OVERHEAD);
        self.kept.push((node, cost, message));
        self.bytes = self.bytes.saturating_add(cost);
        self.bytes <= MOST
    }

    /// Messages of this node are not kept any longer. Returns those that are to be handled now.
    #[must_use]
    pub(crate) fn release(&mut self, node: u64) -> Vec<M> {
        if !self.awaited.remove(&node) {
            return Vec::new();
        }
        let all = mem::take(&mut self.kept).into_iter();
        let (released, kept): (Vec<_>, Vec<_>) = all.partition(|(of, ..)| *of == node);
        self.kept = kept;
        self.bytes = self.kept.iter().map(|(_, cost, _)| cost).sum();
        messages(released)
    }

    /// No messages are kept any longer. Returns those that are to be handled now.
    #[must_use]
    pub(crate) fn open(&mut self) -> Vec<M> {
        self.awaited.clear();
        self.bytes = 0;
        messages(mem::take(&mut self.kept))
    }

    /// Whether no node is awaited.
    pub(crate) fn is_open(&self) -> bool {
        self.awaited.is_empty()
    }
}

fn messages<M>(kept: Vec<(u64, usize, M)>) -> Vec<M> {
    kept.into_iter().map(|(.., message)| message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_of_awaited_nodes_are_kept_and_in_order() {
        let mut hold = Hold::default();
        assert!(hold.is_open() && !hold.holds(1));
        hold.close([1, 2]);
        assert!(hold.holds(1) && hold.holds(2) && !hold.holds(3));
        for (node, message) in [(1, "a"), (2, "b"), (1, "c")] {
            assert!(hold.keep(node, 10, message));
        }
        assert!(hold.release(3).is_empty());
        assert_eq!(hold.release(1), ["a", "c"]);
        assert!(!hold.holds(1) && hold.holds(2) && !hold.is_open());
        assert!(hold.release(1).is_empty());
        // Another connection that is too short.
        hold.close([1, 2]);
        assert!(hold.keep(1, 10, "d"));
        assert_eq!(hold.open(), ["b", "d"]);
        assert!(hold.is_open() && hold.open().is_empty());
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut hold = Hold::default();
        hold.close([1, 2]);
        let large = MOST / 2 - OVERHEAD;
        assert!(hold.keep(1, large, 1));
        assert!(hold.keep(2, large, 2));
        assert_eq!(hold.release(1), [1]);
        assert!(hold.keep(2, large, 3), "there is room again");
        assert!(!hold.keep(2, 0, 4));
        assert_eq!(hold.open(), [2, 3, 4]);
        hold.close([1]);
        assert!(hold.keep(1, 2 * large, 5));
        // Messages without content take memory, too.
        let mut empty = (0..).take_while(|_| hold.keep(1, 0, 6));
        assert!(empty.by_ref().take(10).count() < 10);
    }
}
