//! The counters of a node.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a node has done since it joined, in numbers, by
/// [`Cluster::stats`](crate::cluster::Cluster::stats).
///
/// A message is a publish, a close of a topic, or a message or close for a socket of another node.
/// Each message is in exactly one of `acknowledged`, `lost` and `waiting`, so that
/// `published == acknowledged + lost + waiting`.
///
/// ```
/// use levante::cluster::Cluster;
///
/// fn check(cluster: &Cluster) {
///     let stats = cluster.stats();
///     if stats.lost > 0 {
///         println!("{} of {} messages are lost", stats.lost, stats.published);
///     }
/// }
/// # let _ = check;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ClusterStats {
    /// Messages of this node for other nodes.
    pub published: u64,
    /// Those of them that the broker has acknowledged.
    pub acknowledged: u64,
    /// Those of them that other nodes do not get: there was no room in the
    /// [buffer](crate::cluster::Join::buffer), the broker was away longer than the
    /// [maximum age](crate::cluster::Join::max_age), the message was too large for the broker, or the
    /// broker has refused it.
    pub lost: u64,
    /// Those of them that wait, or are on their way.
    pub waiting: u64,
    /// The bytes that messages hold until they are acknowledged.
    pub waiting_bytes: usize,
    /// Messages of other nodes that have arrived, without duplicates.
    pub received: u64,
    /// Messages that have arrived again, and were not delivered again. Nodes send messages again when
    /// they have lost the connection to the broker. A message is counted, too, if it was not delivered the
    /// first time because it comes again.
    pub duplicates: u64,
    /// Subscribers that have missed a message of another node, because their worker refused it: see
    /// [`Server::set_publish_limit`](crate::Server::set_publish_limit).
    pub refused: u64,
    /// Messages at the broker under this cluster's prefix that were not written by a node, or were
    /// damaged.
    pub unreadable: u64,
    /// Messages of nodes that speak another version of levante's protocol between nodes.
    pub other_version: u64,
    /// How many times the connection to the broker was lost.
    pub reconnects: u64,
    /// The number of topics that this node hears from the broker.
    pub topics: usize,
}

/// The counters that the thread of the broker keeps. No other thread counts in them.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) acknowledged: Counter,
    pub(super) lost: Counter,
    pub(super) received: Counter,
    pub(super) duplicates: Counter,
    pub(super) refused: Counter,
    pub(super) unreadable: Counter,
    pub(super) other_version: Counter,
    pub(super) reconnects: Counter,
    pub(super) topics: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.store(self.get().wrapping_add(count), Relaxed);
    }

    pub(super) fn set(&self, count: u64) {
        self.0.store(count, Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
