//! A worker as other threads see it.

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
mod space;
mod subscribing;

use std::{
    any::Any,
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed},
        },
    },
};

pub use self::core::{InvalidSocketId, SocketId};
pub(crate) use self::{
    closing::{Closing, Owner},
    core::{Core, Identity, Number, OutboxGuard, log_unencodable},
    inbox::Ticket,
    publish::{Except, Publish},
    pump::{Driven, LocalWorker, Registration, Visit},
    space::Space,
};
use self::{
    inbox::{Bell, Inbox},
    late::Late,
    pending::Pending,
    pump::MOST_SPARE_VISITS,
};
use crate::{
    guard::Guarded,
    topics::{Key, Name, Topics},
};
use hashbrown::HashMap;
use slab::Slab;

/// What [`inbox`] is made of. A test replaces it with a model checker's.
mod sync {
    pub(super) use std::sync::{Mutex, MutexGuard, atomic};
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
    shard: Mutex<Shard>,
    /// What other threads, and tasks outside their own connection, leave for the pump.
    inbox: Inbox<Arc<Publish>, Closing>,
    connections: AtomicUsize,
    /// Whether the shard has publishes of its own thread that are yet to be delivered. Whatever has
    /// published on this thread sees it; others have no claim to an order.
    unsettled: AtomicBool,
    /// See [`Self::work`]. Its shard counts.
    work: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Shard {
    topics: Topics<Arc<Core>>,
    sockets: Slab<Registered>,
    /// Of every socket that is not closing. Ids are random, so that no peer chooses them.
    by_id: HashMap<SocketId, Key>,
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

struct Registered {
    core: Arc<Core>,
    shared: Option<Shared>,
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
            unsettled: AtomicBool::new(false),
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

    /// Asks the pump to visit a connection that has woken, or whose outbox has been scheduled.
    pub(crate) fn visit(&self, key: Key) {
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

    /// Adds the sockets that a delivery has given something to write to `list`.
    pub(super) fn take_dirty(&self, list: &mut Vec<Key>) {
        let mut shard = lock(&self.shard);
        self.settle_pending(&mut shard);
        // All of these are dirty.
        shard.overdrawn.clear();
        let dirty = &mut shard.dirty;
        if list.is_empty() {
            // So that neither is allocated anew for each publish.
            mem::swap(dirty, list);
        } else {
            list.append(dirty);
            dirty.shrink_to(MOST_SPARE_VISITS);
        }
    }

    /// Gives a new connection its place.
    pub(super) fn register(self: &Arc<Self>, identity: Identity) -> Arc<Core> {
        let mut shard = lock(&self.shard);
        let Shard { sockets, by_id, .. } = &mut *shard;
        let entry = sockets.vacant_entry();
        let core = Arc::new(Core::new(identity, entry.key(), self.clone()));
        by_id.insert(core.id, entry.key());
        entry.insert(Registered {
            core: core.clone(),
            shared: None,
        });
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
        let mut shard = lock(&self.shard);
        if shard.sockets.try_remove(key).is_none() {
            return;
        }
        shard.release_spare_memory();
        drop(shard);
        if self.connections.fetch_sub(1, AcqRel) == 1 {
            self.space.note_departures();
        }
    }

    /// The key of the socket of this id, whether or not it can be handed out.
    pub(crate) fn key_of(&self, id: SocketId) -> Option<Key> {
        lock(&self.shard).by_id.get(&id).copied()
    }

    /// The socket of this id, if it is of the wanted type.
    ///
    /// No handle of another type is made: the caller might drop the last one of a socket that is
    /// none of its business.
    pub(crate) fn find(&self, id: SocketId, is_wanted: IsWanted) -> Option<Shared> {
        let shard = lock(&self.shard);
        let key = *shard.by_id.get(&id)?;
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
        let registered = self.sockets.get_mut(key)?;
        self.by_id.remove(&registered.core.id);
        let shared = registered.shared.take()?;
        Some(Guarded::new(shared, registered.core.config.path.clone()))
    }

    fn release_spare_memory(&mut self) {
        if self.by_id.capacity() > 64 && self.by_id.len() < self.by_id.capacity() / 8 {
            self.by_id.shrink_to(self.by_id.len() * 2);
            self.sockets.shrink_to_fit();
        }
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
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
