//! The part of a pub/sub space that is on one thread of actix: its connections and their
//! subscriptions.
//!
//! This file holds the operations that any thread may call. [`pump`] holds those that only the
//! worker's own thread calls. [`core`] is the state of one connection that all threads share. A
//! publish of another thread comes through [`inbox`] and waits in [`late`]. A publish of the
//! worker's own thread is gathered in [`pending`]. [`publishing`] delivers both, [`subscribing`]
//! changes subscriptions behind them, and [`closing`] closes sockets behind them. [`space`] is the
//! state that all workers of a space share.

mod closing;
mod core;
mod directory;
mod forms;
mod inbox;
mod late;
mod ledger;
mod metered;
#[cfg(feature = "test")]
pub(crate) mod of_test;
mod pending;
mod publication;
mod publishing;
mod pump;
mod queue;
mod schedule;
mod sockets;
mod space;
mod subscribing;

use std::{
    any::Any,
    fmt,
    sync::{
        Arc, PoisonError,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed},
        },
    },
    time::Duration,
};

use tokio::time::Instant;

pub use self::core::{InvalidSocketId, SocketId};
#[cfg(test)]
pub(crate) use self::tests::Asleep;
pub(crate) use self::{
    closing::{Closing, Owner, Which},
    core::{Core, Identity, Number, Unwritten, Writing, log_unencodable},
    inbox::Ticket,
    metered::Metered,
    publication::{Except, Excepts, Publication},
    pump::{Driven, LocalWorker, Registration},
    schedule::Visit,
    space::Space,
};
use self::{inbox::Inbox, late::Late, pending::Pending, sockets::Sockets};
use crate::{
    clock,
    guard::Guarded,
    lock::{Mutex, MutexGuard, Rank, SHARD},
    stats::Meter,
    topics::{Key, Name, Topics},
};

/// The locks and atomics of [`inbox`] and [`schedule`]. A test replaces them with those of a model
/// checker.
mod sync {
    pub(super) use std::sync::atomic;

    pub(super) use crate::lock::MutexGuard;
    use crate::lock::{INBOX, Mutex, OUTBOX};

    pub(super) type InboxMutex<T> = Mutex<T, INBOX>;
    pub(super) type OutboxMutex<T> = Mutex<T, OUTBOX>;
}

/// A socket, in the form that is handed out to any thread.
pub(crate) type Shared = Arc<dyn Any + Send + Sync>;

/// Whether a socket has the type that the caller looks for.
pub(crate) type IsWanted = fn(&(dyn Any + Send + Sync)) -> bool;

/// The sockets of one actix worker, and their subscriptions.
pub(crate) struct Worker {
    space: Arc<Space>,
    /// The timeouts and the expiry of a connection are measured from then.
    began: Instant,
    /// The worker's own thread locks it for each publish and subscription. Other threads lock it
    /// only to look a socket up, or to subscribe one.
    shard: Mutex<Shard, SHARD>,
    /// Work that other threads, and tasks outside their own connection, hand to the pump.
    inbox: Inbox<Arc<Publication>, Closing>,
    connections: AtomicUsize,
    /// The counters of publishes.
    meter: Arc<Meter>,
    /// Whether the shard has publishes of its own thread that are not delivered yet. Code that has
    /// published on this thread sees the flag. Other threads have no claim to an order.
    has_pending: AtomicBool,
    /// See [`Self::work`]. The shard counts in it.
    work: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Shard {
    topics: Topics<Arc<Core>>,
    /// Every registered socket. A socket is listed until it closes.
    sockets: Sockets,
    /// Publishes that are gathered and not delivered yet.
    pending: Pending,
    /// Publishes of other threads, and the publishes of this thread that must come behind them.
    /// `pending` comes before all of these.
    late: Late,
    /// Sockets for which a delivery has queued something to write.
    dirty: Vec<Key>,
    /// Sockets whose outbox a delivery has filled above its limit. They are written at once, and
    /// then keep no more than the limit.
    overdrawn: Vec<Key>,
    /// See [`Worker::work`]. It changes only under the lock of the shard.
    work: Arc<AtomicUsize>,
}

impl Worker {
    pub(super) fn new(space: Arc<Space>) -> Self {
        let shard = Shard::default();
        Self {
            meter: space.ledger().open(None),
            space,
            began: clock::now(),
            work: shard.work.clone(),
            shard: Mutex::new(shard),
            inbox: Inbox::new(),
            connections: AtomicUsize::new(0),
            has_pending: AtomicBool::new(false),
        }
    }

    pub(crate) fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// The counters of publishes on this worker.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The time since the worker began.
    pub(crate) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Acquire)
    }

    /// The work that this worker has done since it began. Each subscriber of a delivery is one
    /// unit, each KiB that the subscriber gets is one more, and [`Self::count`] adds to it. The
    /// number wraps around.
    ///
    /// The difference of two readings is the work done in between, for example by the publishes of
    /// one handler.
    pub(crate) fn work(&self) -> usize {
        self.work.load(Relaxed)
    }

    /// Adds work that costs as much as `units` deliveries.
    pub(crate) fn count(&self, units: usize) {
        self.work.fetch_add(units, Relaxed);
    }

    /// The queue of the pump. Its lock is the last in the order: no other lock is taken under it.
    pub(crate) fn inbox(&self) -> &Inbox<Arc<Publication>, Closing> {
        &self.inbox
    }

    /// Lists a connection for a visit of the pump. [`schedule`] decides when a caller must do this.
    pub(crate) fn list(&self, key: Key) {
        self.inbox.list(key);
    }

    /// Has the pump close sockets.
    pub(crate) fn send_away(&self, closing: Closing) {
        self.inbox.close(closing, Closing::covers);
    }

    /// Registers a new connection. `config` are the settings of `identity` with their meter.
    fn register(self: &Arc<Self>, identity: Identity, config: Arc<Metered>) -> Arc<Core> {
        let mut shard = lock(&self.shard);
        let make = |key| Arc::new(Core::new(identity, config, key, self.clone()));
        let core = shard.sockets.insert(make);
        self.connections.fetch_add(1, Relaxed);
        core
    }

    /// Lets look-ups find the socket of a connection, once the socket exists.
    pub(crate) fn share(&self, key: Key, shared: Shared) {
        if let Some(registered) = lock(&self.shard).sockets.get_mut(key) {
            registered.shared = Some(shared);
        }
    }

    pub(super) fn unregister(self: &Arc<Self>, key: Key) {
        self.take_leave(key);
        let is_removed = lock(&self.shard).sockets.remove(key);
        if is_removed && self.connections.fetch_sub(1, AcqRel) == 1 {
            self.space.note_departures();
        }
    }

    /// The key of the socket with this id, whether or not look-ups may hand the socket out.
    pub(crate) fn key_of(&self, id: SocketId) -> Option<Key> {
        lock(&self.shard).sockets.key_of(id)
    }

    /// The socket with this id, if it has the wanted type.
    ///
    /// A handle is cloned only for a socket of that type. Otherwise the caller might drop the last
    /// handle of a socket that it must not touch.
    pub(crate) fn find(&self, id: SocketId, is_wanted: IsWanted) -> Option<Shared> {
        let shard = lock(&self.shard);
        let key = shard.sockets.key_of(id)?;
        let shared = shard.sockets.get(key)?.shared.as_ref();
        shared.filter(|shared| is_wanted(&***shared)).cloned()
    }

    /// The connection of the socket with this id, if look-ups may hand the socket out.
    pub(crate) fn core(&self, id: SocketId) -> Option<Arc<Core>> {
        let shard = lock(&self.shard);
        let registered = shard.sockets.get(shard.sockets.key_of(id)?)?;
        registered.shared.as_ref().map(|_| registered.core.clone())
    }

    /// Every connection, closing connections included.
    pub(crate) fn cores(&self) -> Vec<Arc<Core>> {
        let shard = lock(&self.shard);
        let registered = shard.sockets.iter();
        registered
            .map(|(_, registered)| registered.core.clone())
            .collect()
    }

    /// The sockets of the wanted type that subscribe to a topic. The cost depends only on the
    /// number of subscribers.
    pub(crate) fn subscribers(&self, topic: Name<'_>, is_wanted: IsWanted) -> Vec<Shared> {
        let shard = lock(&self.shard);
        let subscribers = shard.subscribers_of(topic);
        let keys = subscribers.iter().map(|core| core.key());
        let shared = keys.filter_map(|key| shard.sockets.get(key)?.shared.as_ref());
        shared
            .filter(|shared| is_wanted(&***shared))
            .cloned()
            .collect()
    }

    /// The connection whose peer has this address.
    #[cfg(feature = "test")]
    pub(crate) fn core_of(&self, peer: std::net::SocketAddr) -> Option<Arc<Core>> {
        let shard = lock(&self.shard);
        let mut registered = shard.sockets.iter().map(|(_, registered)| registered);
        registered
            .find(|it| it.core.peer_addr() == Some(peer))
            .map(|it| it.core.clone())
    }

    /// Every socket of the wanted type.
    pub(crate) fn sockets(&self, is_wanted: IsWanted) -> Vec<Shared> {
        let shard = lock(&self.shard);
        let shared = shard
            .sockets
            .iter()
            .filter_map(|(_, it)| it.shared.as_ref());
        shared
            .filter(|shared| is_wanted(&***shared))
            .cloned()
            .collect()
    }
}

impl Shard {
    /// Whether `key` still belongs to the socket with this id. A handle may outlive its connection,
    /// and must not touch the connection that has the key now.
    fn has(&self, key: Key, id: SocketId) -> bool {
        self.sockets
            .get(key)
            .is_some_and(|registered| registered.core.id == id)
    }

    fn unlist(&mut self, key: Key) -> Option<Guarded<Shared>> {
        let registered = self.sockets.unlist(key)?;
        let shared = registered.shared.take()?;
        Some(Guarded::new(shared, registered.core.config.path.clone()))
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

/// No code of the user runs under a lock of the space, so a panic cannot leave the data half
/// changed.
pub(crate) fn lock<T, const RANK: Rank>(mutex: &Mutex<T, RANK>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
