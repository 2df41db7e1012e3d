//! The other nodes of the cluster, as their heartbeats tell. No I/O, no clock.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    envelope::{self, Heard, Hello, Sessions, Versions},
    gate::{Proof, Said},
};

/// The most nodes that are known at a time, and the most for which a warning is remembered.
const MOST: usize = 4096;

/// The nodes that are alive by this node's clock.
///
/// A node is alive from its first heartbeat until its lease ends or it says goodbye. While this
/// node has no connection, no lease ends: silence says nothing then.
#[derive(Debug)]
pub(crate) struct Registry {
    me: u64,
    application: Box<str>,
    versions: Versions,
    lease: Duration,
    /// When the present connection was made.
    connected: Option<Instant>,
    /// The number of the present connection.
    session: u32,
    peers: BTreeMap<u64, Peer>,
    warned: HashSet<(u64, Reason)>,
}

/// Another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) id: u64,
    /// The versions of the envelope that it reads.
    pub(crate) versions: Versions,
    pub(crate) application: Box<str>,
    pub(crate) name: Box<str>,
    /// When its last heartbeat arrived.
    pub(crate) heard: Instant,
    /// When its lease began: with the last heartbeat, or with our connection.
    renewed: Instant,
    /// Whether its last heartbeat said that it has subscribed to all its topics.
    pub(crate) ready: bool,
    /// The number of its last connection that was heard. `None` if it is of an older release.
    session: Option<u32>,
    /// Whether it was told over our present connection that its own was heard.
    is_told: bool,
}

/// What a heartbeat has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noticed {
    /// Whether the node was not known.
    pub(crate) joined: bool,
    /// Whether the node waits to be told that its connection was heard.
    pub(crate) is_new_session: bool,
    pub(crate) warning: Option<Warning>,
}

/// Something that a person must repair. Each is reported once for each node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Warning {
    /// Another application uses the same prefix.
    OtherApplication,
    /// The node has the tag of this node or of another one. Messages to single sockets go astray.
    SameTag,
    /// There are too many nodes to keep them all.
    TooMany,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reason {
    Application,
    Tag,
    Number,
    Version,
}

impl Registry {
    pub(crate) fn new(me: u64, application: &str, versions: Versions, lease: Duration) -> Self {
        Self {
            me,
            application: application.into(),
            versions,
            lease,
            connected: None,
            session: 0,
            peers: BTreeMap::new(),
            warned: HashSet::new(),
        }
    }

    /// A connection is up: all leases begin anew.
    pub(crate) fn connected(&mut self, now: Instant) {
        self.connected = Some(now);
        self.session = self.session.wrapping_add(1);
        for peer in self.peers.values_mut() {
            peer.renewed = now;
            peer.is_told = false;
        }
    }

    /// The connection is lost: no lease ends until there is another one.
    pub(crate) fn disconnected(&mut self) {
        self.connected = None;
    }

    /// Notes a heartbeat. One of this node itself changes nothing.
    pub(crate) fn heard(&mut self, node: u64, hello: &Hello<'_>, now: Instant) -> Noticed {
        let joined = node != self.me && !self.peers.contains_key(&node);
        if node == self.me || (joined && self.peers.len() >= MOST) {
            let is_full = joined && self.warns(node, Reason::Number);
            let warning = is_full.then_some(Warning::TooMany);
            return Noticed {
                joined: false,
                is_new_session: false,
                warning,
            };
        }
        let warning = self.warning(node, hello);
        let known = self.peers.get(&node);
        let last = known.and_then(|peer| peer.session);
        let session = last.max(hello.sessions.map(|sessions| sessions.own));
        let is_new_session = session != last;
        let is_told = !is_new_session && known.is_some_and(|peer| peer.is_told);
        self.peers.insert(
            node,
            Peer {
                id: node,
                versions: hello.versions,
                application: hello.application.into(),
                name: hello.name.into(),
                heard: now,
                renewed: now,
                ready: hello.ready,
                session,
                is_told,
            },
        );
        Noticed {
            joined,
            is_new_session,
            warning,
        }
    }

    /// What a heartbeat of another node says to the gate.
    pub(crate) fn said(&self, hello: &Hello<'_>) -> Said {
        let proof = hello.sessions.map(|sessions| Proof {
            session: sessions.own,
            names_ours: sessions.have(tag(self.me), self.session),
        });
        let ready = hello.ready;
        Said { ready, proof }
    }

    /// The nodes that number their connections.
    pub(crate) fn numbering(&self) -> impl Iterator<Item = u64> {
        let numbering = self.peers.values().filter(|peer| peer.session.is_some());
        numbering.map(|peer| peer.id)
    }

    /// The number of the present connection, from 1 on.
    pub(crate) fn session(&self) -> u32 {
        self.session
    }

    /// The connections of others that were heard and that no heartbeat has named yet over the present
    /// connection: as many as one heartbeat can name. They count as named.
    pub(crate) fn name_heard(&mut self) -> Vec<Heard> {
        let untold = self.peers.values_mut().filter(|peer| peer.is_untold());
        let named = untold.take(Sessions::MOST).filter_map(|peer| {
            peer.is_told = true;
            Some(envelope::heard(tag(peer.id), peer.session?))
        });
        named.collect()
    }

    /// Whether there are more connections to name.
    pub(crate) fn has_unnamed(&self) -> bool {
        self.peers.values().any(Peer::is_untold)
    }

    fn warning(&mut self, node: u64, hello: &Hello<'_>) -> Option<Warning> {
        let has_same_tag = |&other: &u64| other != node && tag(other) == tag(node);
        let has_same_tag = has_same_tag(&self.me) || self.peers.keys().any(has_same_tag);
        if has_same_tag && self.warns(node, Reason::Tag) {
            return Some(Warning::SameTag);
        }
        let is_other = *hello.application != *self.application;
        (is_other && self.warns(node, Reason::Application)).then_some(Warning::OtherApplication)
    }

    /// Notes a message of a version that this node does not read. Returns `true` for the first one
    /// of each node.
    pub(crate) fn other_version(&mut self, node: u64) -> bool {
        self.warns(node, Reason::Version)
    }

    /// Whether this is the first warning of its kind about a node.
    fn warns(&mut self, node: u64, reason: Reason) -> bool {
        if self.warned.len() >= MOST {
            self.warned.clear();
        }
        self.warned.insert((node, reason))
    }

    /// Removes a node that has said goodbye; `false` if it was not known.
    pub(crate) fn goodbye(&mut self, node: u64) -> bool {
        self.peers.remove(&node).is_some()
    }

    /// Removes the nodes whose leases have ended.
    pub(crate) fn expire(&mut self, now: Instant, mut ended: impl FnMut(Peer)) {
        if self.connected.is_none() {
            return;
        }
        let lease = self.lease;
        let is_over = |peer: &Peer| now.saturating_duration_since(peer.renewed) >= lease;
        let over = self.peers.values().filter(|peer| is_over(peer));
        let over: Vec<u64> = over.map(|peer| peer.id).collect();
        for id in over {
            self.peers.remove(&id).map(&mut ended);
        }
    }

    /// When the next lease ends.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.connected?;
        let first = self.peers.values().map(|peer| peer.renewed).min()?;
        first.checked_add(self.lease)
    }

    /// All other nodes that are alive, in the order of their ids.
    pub(crate) fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.peers.values()
    }

    /// The version in which this node writes.
    ///
    /// It is the highest that all living nodes read. In the first lease after connecting it is the
    /// lowest, because there may be old nodes that have not been heard yet. If there is no version
    /// that all read, nodes of some version cannot be reached; then it is the lowest of ours.
    pub(crate) fn write_version(&self, now: Instant) -> u8 {
        let Versions { min, max } = self.versions;
        let is_read = |version: &u8| {
            let mut peers = self.peers.values();
            peers.all(|peer| peer.versions.contains(*version))
        };
        let knows_all = self
            .connected
            .is_some_and(|connected| now.saturating_duration_since(connected) >= self.lease);
        let version = match knows_all {
            true => (min..=max).rev().find(is_read),
            false => (min..=max).find(is_read),
        };
        version.unwrap_or(min)
    }
}

impl Peer {
    fn is_untold(&self) -> bool {
        self.session.is_some() && !self.is_told
    }
}

/// The part of a node's id that is in the ids of its sockets.
fn tag(node: u64) -> u32 {
    // The low half.
    (node & u64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests;
