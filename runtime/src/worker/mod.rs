//! The part of a pub/sub space that is on one thread of actix: its connections, and what they
//! subscribe to.
//!
//! This file is a worker as other threads see it; [`pump`] is what only its own thread does. [`core`]
//! is what all threads know of one connection. What is published comes through [`inbox`] from other
//! threads and waits in [`late`]; from the worker's own thread it is gathered in [`pending`].
//! [`publishing`] delivers both, [`subscribing`] changes topics behind them, and [`closing`] closes
//! sockets behind them. [`space`] is what all workers of a space share.

mod closing;
mod core;
mod directory;
mod forms;
mod inbox;
mod late;
mod pending;
mod publish;
mod publishing;
mod pump;
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
};

pub use self::core::{InvalidSocketId, SocketId};
pub(crate) use self::{
    closing::{Closing, Owner},
    core::{Core, Identity, Number, Unwritten, Writing, log_unencodable},
    inbox::Ticket,
    publish::{Except, Publish},
    pump::{Driven, LocalWorker, Registration},
    schedule::Visit,
    space::Space,
};
use self::{inbox::Inbox, late::Late, pending::Pending, sockets::Sockets};
use crate::{
    guard::Guarded,
    lock::{Mutex, MutexGuard, Rank, SHARD},
    topics::{Key, Name, Topics},
};

/// What [`inbox`] and [`schedule`] are made of. A test replaces it with a model checker's.
mod sync {
    pub(super) use std::sync::atomic;

    pub(super) use crate::lock::MutexGuard;
    use crate::lock::{INBOX, Mutex, OUTBOX};

    pub(super) type InboxMutex<T> = Mutex<T, INBOX>;
    pub(super) type OutboxMutex<T> = Mutex<T, OUTBOX>;
}

/// A socket in the form in which any thread can be given it.
pub(crate) type Shared = Arc<dyn Any + Send + Sync>;

/// Whether a socket is of the type that is looked for.
pub(crate) type IsWanted = fn(&(dyn Any + Send + Sync)) -> bool;

/// The sockets of one actix worker, and what they subscribe to.
pub(crate) struct Worker {
    space: Arc<Space>,
    /// Locked by this worker for each of its publishes and subscriptions; by others only to look a
    /// socket up or to subscribe one from a thread that is not its own.
    shard: Mutex<Shard, SHARD>,
    /// What other threads, and tasks outside their own connection, leave for the pump.
    inbox: Inbox<Arc<Publish>, Closing>,
    connections: AtomicUsize,
    /// Whether the shard has publishes of its own thread that are yet to be delivered. Whatever has
    /// published on this thread sees it; others have no claim to an order.
    has_pending: AtomicBool,
    /// See [`Self::work`]. Its shard counts.
    work: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Shard {
    topics: Topics<Arc<Core>>,
    /// Those that are not closing are listed.
    sockets: Sockets,
    /// What has been published and not yet delivered.
    pending: Pending,
    /// What has been handed over, and published here behind that, before all of which `pending` was.
    late: Late,
    /// Sockets that a delivery has given something to write.
    dirty: Vec<Key>,
    /// Sockets that a delivery has given more than they may keep waiting. They are to be written at
    /// once, and then keep no more than that.
    overdrawn: Vec<Key>,
    /// See [`Worker::work`]. Only changed under the lock of the shard.
    work: Arc<AtomicUsize>,
}

impl Worker {
    pub(super) fn new(space: Arc<Space>) -> Self {
        let shard = Shard::default();
        Self {
            space,
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

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Acquire)
    }

    /// How much this worker has done since it began: one unit for each subscriber of a delivery, one
    /// more for each KiB that the subscriber is given, and what [`Self::count`] adds. It wraps around.
    ///
    /// Two readings tell what was done in between, such as by the publishes of one handler.
    pub(crate) fn work(&self) -> usize {
        self.work.load(Relaxed)
    }

    /// Adds work that costs as much as so many deliveries.
    pub(crate) fn count(&self, units: usize) {
        self.work.fetch_add(units, Relaxed);
    }

    /// What waits for the pump. A leaf: nobody takes another lock while holding this one.
    pub(crate) fn inbox(&self) -> &Inbox<Arc<Publish>, Closing> {
        &self.inbox
    }

    /// Lists a connection for a visit of the pump. When that is due, the [`schedule`] says.
    pub(crate) fn list(&self, key: Key) {
        self.inbox.visit(key);
    }

    /// Has the pump close sockets. It closes all that there are by then, so one closing of a server
    /// waits for all of them.
    pub(crate) fn send_away(&self, closing: Closing) {
        let owner = closing.owner;
        self.inbox.close(closing, |other| {
            other.owner.is_none() || other.owner == owner
        });
    }

    /// Gives a new connection its place.
    pub(super) fn register(self: &Arc<Self>, identity: Identity) -> Arc<Core> {
        let mut shard = lock(&self.shard);
        let make = |key| Arc::new(Core::new(identity, key, self.clone()));
        let core = shard.sockets.insert(make);
        self.connections.fetch_add(1, Relaxed);
        core
    }

    /// Lets look-ups hand a connection's socket out, once it exists.
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

    /// The key of the socket of this id, whether or not it can be handed out.
    pub(crate) fn key_of(&self, id: SocketId) -> Option<Key> {
        lock(&self.shard).sockets.key_of(id)
    }

    /// The socket of this id, if it is of the wanted type.
    ///
    /// No handle of another type is made: the caller might drop the last one of a socket that is
    /// none of its business.
    pub(crate) fn find(&self, id: SocketId, is_wanted: IsWanted) -> Option<Shared> {
        let shard = lock(&self.shard);
        let key = shard.sockets.key_of(id)?;
        let shared = shard.sockets.get(key)?.shared.as_ref();
        shared.filter(|shared| is_wanted(&***shared)).cloned()
    }

    /// Every connection, those being closed included.
    pub(crate) fn cores(&self) -> Vec<Arc<Core>> {
        let shard = lock(&self.shard);
        let registered = shard.sockets.iter();
        registered
            .map(|(_, registered)| registered.core.clone())
            .collect()
    }

    /// The sockets of the wanted type that subscribe to a topic, at the cost of its subscribers alone.
    pub(crate) fn subscribers(&self, topic: Name<'_>, is_wanted: IsWanted) -> Vec<Shared> {
        let shard = lock(&self.shard);
        let subscribers = shard.topics.subscribers(topic).iter();
        let shared = subscribers.filter_map(|it| shard.sockets.get(it.key)?.shared.as_ref());
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
    /// Whether `key` is still this socket's: a socket that is kept after its end must not touch
    /// the one that has its place now.
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

/// No code of the user runs under a lock of the space, so a panic cannot leave one half changed.
pub(crate) fn lock<T, const RANK: Rank>(mutex: &Mutex<T, RANK>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
