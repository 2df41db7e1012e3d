//! Holds messages back after a reconnect until the other nodes hear again.
//!
//! A broker that has restarted acknowledges a message at once, also if no other node has subscribed
//! again yet. Such a message would reach no node and would be counted as sent. So after a reconnect
//! a node sends none until each node that was alive before has said over the new connection that it
//! is ready, has said goodbye, or is given up because its lease has ended. A node that is alive and
//! does not become ready, because the broker refuses its subscriptions for example, is not waited for
//! without an end: it would hold up all others.
//!
//! A broker that was frozen may still have heartbeats to read of connections that have ended. One of
//! these says that its node is ready, and may be delivered over the new connection of this node. So
//! each node counts its connections, and a heartbeat names those of other nodes that its sender has
//! heard. A node that names the present connection of this one has heard of it over a connection to
//! the broker as it is now, because this connection has not existed before. What that node says over
//! the same connection or a later one was said afterwards, so it is true now. Nodes of an older
//! release name no connections, and are believed.

use std::collections::BTreeMap;

/// The nodes that the messages wait for. The gate is open if there are none.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// With the connection over which the node has first named the present one of this node.
    awaited: BTreeMap<u64, Option<u32>>,
}

/// What a heartbeat says to the gate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// Whether its node has subscribed to all its topics.
    pub(crate) ready: bool,
    /// `None` if an older release has written the heartbeat.
    pub(crate) proof: Option<Proof>,
}

/// What tells when a heartbeat was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof {
    /// The number of the connection of its node.
    pub(crate) session: u32,
    /// Whether the heartbeat names the present connection of this node.
    pub(crate) names_ours: bool,
}

impl Said {
    /// The number of the connection of a node that has named the present one of this node.
    pub(crate) fn present(&self) -> Option<u32> {
        let proof = self.proof.filter(|proof| proof.names_ours);
        proof.map(|proof| proof.session)
    }
}

impl Gate {
    /// Closes the gate for a new connection, until all these nodes are ready. It is open at once if
    /// there are none.
    pub(crate) fn close(&mut self, alive: impl IntoIterator<Item = u64>) {
        self.awaited = alive.into_iter().map(|node| (node, None)).collect();
    }

    /// Notes a heartbeat that has arrived over the present connection.
    pub(crate) fn heard(&mut self, node: u64, said: Said) {
        let Some(since) = self.awaited.get_mut(&node) else {
            return;
        };
        let is_present = said.proof.is_none_or(|proof| {
            if proof.names_ours {
                since.get_or_insert(proof.session);
            }
            since.is_some_and(|since| proof.session >= since)
        });
        if said.ready && is_present {
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
        self.awaited.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A heartbeat of an older release.
    fn older(ready: bool) -> Said {
        Said { ready, proof: None }
    }

    fn said(ready: bool, session: u32, names_ours: bool) -> Said {
        let proof = Proof {
            session,
            names_ours,
        };
        Said {
            ready,
            proof: Some(proof),
        }
    }

    #[test]
    fn what_was_said_before_the_connection_opens_nothing() {
        let mut gate = Gate::default();
        gate.close([1]);
        gate.heard(1, said(true, 4, false));
        assert!(!gate.is_open(), "it has not heard this connection");
        gate.heard(1, said(false, 5, true));
        gate.heard(1, said(true, 4, false));
        assert!(!gate.is_open(), "it is of a connection before");
        gate.heard(2, said(true, 5, true));
        gate.heard(1, said(false, 5, false));
        assert!(!gate.is_open());
        gate.heard(1, said(true, 5, false));
        assert!(gate.is_open());
    }

    #[test]
    fn a_later_connection_of_the_other_node_opens_it_too() {
        let mut gate = Gate::default();
        gate.close([1, 2]);
        gate.heard(1, said(false, 5, true));
        gate.heard(1, said(true, 6, false));
        assert!(gate.awaited().eq([2]));
        gate.heard(2, said(true, 1, true));
        assert!(gate.is_open());
        // What was proven over one connection says nothing over the next one.
        gate.close([1]);
        gate.heard(1, said(true, 6, false));
        assert!(!gate.is_open());
    }

    #[test]
    fn it_opens_when_all_are_ready_or_gone() {
        let mut gate = Gate::default();
        assert!(gate.is_open());
        gate.close([1, 2, 3]);
        gate.heard(1, older(false));
        gate.heard(4, older(true));
        assert!(gate.awaited().eq([1, 2, 3]));
        gate.heard(1, older(true));
        gate.gone(3);
        assert!(!gate.is_open());
        gate.heard(2, older(true));
        assert!(gate.is_open());
        gate.heard(2, older(false));
        assert!(gate.is_open(), "it closes only for a new connection");
    }

    #[test]
    fn a_new_connection_begins_anew() {
        let mut gate = Gate::default();
        gate.close([1, 2]);
        gate.heard(1, older(true));
        gate.close([1]);
        assert!(gate.awaited().eq([1]));
        gate.close([]);
        assert!(gate.is_open());
        gate.close([1, 2]);
        gate.open();
        assert!(gate.is_open());
    }
}
