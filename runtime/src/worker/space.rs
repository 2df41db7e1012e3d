//! The state that all workers of one pub/sub space share.

use std::sync::{
    Arc, PoisonError,
    atomic::{
        AtomicBool, AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use tokio::sync::Notify;

use super::{
    SocketId, Worker,
    directory::{Directory, Share},
    ledger::Ledger,
};
use crate::{
    link::Link,
    lock::{ReadGuard, RwLock, WORKERS},
    stats::{Meter, Stats},
    subscription::Receivers,
    topics::Name,
};

/// The bytes of publishes that may wait for each worker, by default.
const PUBLISH_LIMIT: usize = 4 << 20;

/// One pub/sub space.
#[derive(Debug)]
pub(crate) struct Space {
    pub(super) directory: Directory,
    workers: RwLock<Vec<Arc<Worker>>, WORKERS>,
    /// Whether the space is shut down.
    is_shut_down: AtomicBool,
    /// Whether the link to other nodes stops when the space is shut down and has no connections.
    leaves_when_over: AtomicBool,
    /// The number of connections that have been cut off since the space was made.
    cut_off: AtomicUsize,
    /// Notified when a worker has lost its last connection.
    emptied: Notify,
    /// The bytes of publishes that may wait for each worker.
    publish_limit: AtomicUsize,
    ledger: Ledger,
    /// The counters of events that belong to no worker.
    meter: Meter,
    /// The receivers in server code. They get each publish before it is given to workers.
    receivers: Arc<Receivers>,
}

impl Default for Space {
    fn default() -> Self {
        Self {
            directory: Directory::default(),
            workers: RwLock::default(),
            is_shut_down: AtomicBool::new(false),
            leaves_when_over: AtomicBool::new(false),
            cut_off: AtomicUsize::new(0),
            emptied: Notify::new(),
            publish_limit: AtomicUsize::new(PUBLISH_LIMIT),
            ledger: Ledger::default(),
            meter: Meter::new(None),
            receivers: Arc::default(),
        }
    }
}

impl Space {
    pub(crate) fn subscriber_count(&self, topic: &str) -> usize {
        self.directory.count(Name::new(topic))
    }

    pub(crate) fn topics(&self) -> Vec<String> {
        self.directory.topics()
    }

    pub(crate) fn workers(&self) -> ReadGuard<'_, Vec<Arc<Worker>>> {
        self.workers.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of connections, closing connections included.
    pub(crate) fn connections(&self) -> usize {
        let workers = self.workers();
        workers.iter().map(|worker| worker.connections()).sum()
    }

    pub(super) fn add_worker(&self, worker: Arc<Worker>) {
        self.workers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(worker);
    }

    pub(super) fn remove_worker(&self, worker: &Arc<Worker>) {
        let mut workers = self.workers.write().unwrap_or_else(PoisonError::into_inner);
        workers.retain(|other| !Arc::ptr_eq(other, worker));
        drop(workers);
        self.note_departures();
    }

    /// Calls `each` for every worker that has subscribers to `topic`.
    pub(crate) fn for_each_share(&self, topic: Name<'_>, each: impl FnMut(&Share)) {
        self.directory.for_each(topic, each);
    }

    /// The bytes of publishes that may wait for each worker.
    pub(crate) fn publish_limit(&self) -> usize {
        self.publish_limit.load(Relaxed)
    }

    pub(crate) fn set_publish_limit(&self, limit: usize) {
        self.publish_limit.store(limit, Relaxed);
    }

    /// Refuses new connections from now on.
    pub(crate) fn begin_shutdown(&self) {
        self.is_shut_down.store(true, Release);
        self.end_if_over();
    }

    /// Whether the space refuses new connections. To be checked again after a connection is
    /// registered: a shutdown that began before may have missed that connection.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Acquire)
    }

    pub(super) fn count_cut_off(&self) {
        self.cut_off.fetch_add(1, Relaxed);
    }

    /// The number of connections that have been cut off since the space was made.
    pub(crate) fn cut_off(&self) -> usize {
        self.cut_off.load(Relaxed)
    }

    /// The counters of events that belong to no worker. Any thread may count in it, but for messages
    /// received and publishes accepted.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The counters of the space.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Counts a message that a thread without a worker has published.
    pub(crate) fn count_publish(&self, topic: Name<'_>) {
        self.directory.count_publish(topic);
    }

    /// All that has been counted since the space was made.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.ledger.sums();
        self.meter.add_to(&mut stats);
        stats.publishes += self.directory.publishes();
        stats.cut_off = self.cut_off() as u64;
        stats
    }

    /// Called when a worker may have lost its last connection.
    pub(super) fn note_departures(&self) {
        self.emptied.notify_waiters();
        self.end_if_over();
    }

    /// The link to other nodes of a cluster, if there is one.
    #[inline]
    pub(crate) fn link(&self) -> Option<&Arc<Link>> {
        self.directory.link().get()
    }

    /// Sets the link, and marks every topic that is wanted already; `false` if there is a link.
    pub(crate) fn set_link(&self, link: &Arc<Link>) -> bool {
        let is_set = self.directory.link().set(link.clone());
        if is_set {
            self.directory.mark_all();
            self.receivers.set_link(link.clone());
        }
        is_set
    }

    /// Whether a socket with this id would be of this node. Without a cluster any socket is.
    pub(crate) fn is_of_here(&self, id: SocketId) -> bool {
        self.link().is_none_or(|link| link.tag() == id.tag())
    }

    /// Whether sockets or receivers of this space want a topic.
    pub(crate) fn hears(&self, topic: Name<'_>) -> bool {
        self.directory.has(topic) || self.receivers.has(topic)
    }

    pub(crate) fn receivers(&self) -> &Arc<Receivers> {
        &self.receivers
    }

    /// Stops the link to other nodes when the space is shut down and its last connection is gone.
    /// Without this, the caller of the shutdown stops it later.
    pub(crate) fn leave_when_over(&self) {
        self.leaves_when_over.store(true, Release);
        self.end_if_over();
    }

    /// Ends the streams of the receivers if the space is shut down and its last connection is gone.
    fn end_if_over(&self) {
        if self.is_shut_down() && self.connections() == 0 {
            self.receivers.end();
            if self.leaves_when_over.load(Acquire)
                && let Some(link) = self.link()
            {
                link.stop();
            }
        }
    }

    /// Waits until no connection is left.
    pub(crate) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.connections() == 0 {
                return;
            }
            emptied.await;
        }
    }
}
