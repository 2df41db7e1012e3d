//! A worker as other threads see it.

mod closing;
mod forms;
mod publishing;

use std::{
    any::Any,
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed},
        },
    },
};

pub(crate) use self::closing::Closing;
use super::{Hub, Publish, inbox::Inbox, lock, pending::Pending};
use crate::{
    core::{Core, Identity, SocketId},
    guard::Guarded,
    outbox::ReadyState,
    topics::{Key, Name, Subscribed, Topics},
};
use hashbrown::HashMap;
use slab::Slab;

/// A socket in the form in which any thread can be given it.
pub(crate) type Shared = Arc<dyn Any + Send + Sync>;

/// Whether a socket is of the type that is looked for.
pub(crate) type IsWanted = fn(&(dyn Any + Send + Sync)) -> bool;

/// The sockets of one actix worker, and what they subscribe to.
pub(crate) struct Worker {
    hub: Arc<Hub>,
    /// Locked by this worker for each of its publishes and subscriptions; by others only to look a
    /// socket up or to subscribe one from a thread that is not its own.
    shard: Mutex<Shard>,
    /// What other threads, and tasks outside their own connection, leave for the pump.
    inbox: Inbox<Publish, Closing>,
    connections: AtomicUsize,
    /// Whether the shard has publishes that are yet to be delivered. Whoever has published on this
    /// thread sees it; others have no claim to an order.
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
    /// Sockets that a delivery has given something to write.
    dirty: Vec<Key>,
    /// See [`Worker::work`]. Only changed under the lock of the shard.
    work: Arc<AtomicUsize>,
}

struct Registered {
    core: Arc<Core>,
    shared: Option<Shared>,
}

impl Worker {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        let shard = Shard::default();
        Self {
            hub,
            work: shard.work.clone(),
            shard: Mutex::new(shard),
            inbox: Inbox::new(),
            connections: AtomicUsize::new(0),
            unsettled: AtomicBool::new(false),
        }
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Acquire)
    }

    /// How much this worker has delivered since it began: one unit for each subscriber of a
    /// delivery, and one more for each KiB that the subscriber is given. It wraps around.
    ///
    /// Two readings tell what was done in between, such as by the publishes of one handler.
    #[cfg_attr(
        not(test),
        allow(dead_code, reason = "the turn of a connection will read it")
    )]
    pub(crate) fn work(&self) -> usize {
        self.work.load(Relaxed)
    }

    /// What waits for the pump. A leaf: nobody takes another lock while holding this one.
    pub(super) fn inbox(&self) -> &Inbox<Publish, Closing> {
        &self.inbox
    }

    /// Asks the pump to visit a connection that has woken, or whose outbox has been scheduled.
    pub(crate) fn visit(&self, key: Key) {
        self.inbox.visit(key);
    }

    /// Has the pump close sockets.
    pub(super) fn send_away(&self, closing: Closing) {
        self.inbox.close(closing);
    }

    pub(super) fn take_dirty(&self) -> Vec<Key> {
        mem::take(&mut self.settled().dirty)
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

    /// Takes a socket that is closing off all topics and out of look-ups.
    pub(crate) fn take_leave(self: &Arc<Self>, key: Key) {
        let mut shard = self.settled();
        let left = shard.topics.leave_all(key);
        let core = shard.sockets.get(key).map(|registered| &registered.core);
        let told = core.filter(|core| core.config.tells_subscription && !left.is_empty());
        for topic in left {
            let subscribers = self.hub.directory.remove(topic.as_name(), self);
            if let Some(core) = told {
                core.outbox().tell_leave(topic.into_text(), subscribers);
            }
        }
        let unattended = told.is_some_and(|core| core.outbox().schedule());
        let shared = shard.unlist(key);
        // The user's data may be dropped with the last socket, and may do anything then.
        drop(shard);
        drop(shared);
        if unattended {
            self.visit(key);
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
            self.hub.note_departures();
        }
    }

    pub(crate) fn subscribe(self: &Arc<Self>, core: &Arc<Core>, topic: &str) -> bool {
        if topic.len() > core.config.max_topic_len {
            core.log_long_topic(topic);
            return false;
        }
        let mut shard = self.settled();
        if !shard.has(core.key(), core.id) || core.state() != ReadyState::Open {
            return false;
        }
        let name = Name::new(topic);
        let most = core.config.max_subscriptions as usize;
        let subscribed = shard.topics.subscribe(core.key(), name, most, core.clone());
        match subscribed {
            Subscribed::Added => {
                let subscribers = self.hub.directory.add(name, self);
                self.tell_change(shard, core, topic, subscribers);
            }
            Subscribed::Already => {}
            Subscribed::Full => {
                drop(shard);
                core.log_many_subscriptions();
            }
        }
        subscribed == Subscribed::Added
    }

    pub(crate) fn unsubscribe(self: &Arc<Self>, core: &Core, topic: &str) -> bool {
        let name = Name::new(topic);
        let mut shard = self.settled();
        let removed = shard.has(core.key(), core.id) && shard.topics.unsubscribe(core.key(), name);
        if removed {
            let subscribers = self.hub.directory.remove(name, self);
            self.tell_change(shard, core, topic, subscribers);
        }
        removed
    }

    /// Under the lock of the shard, changes are told in the order in which they happened.
    fn tell_change(
        &self,
        shard: MutexGuard<'_, Shard>,
        core: &Core,
        topic: &str,
        subscribers: usize,
    ) {
        let unattended = core.tell_change(topic, subscribers);
        drop(shard);
        if unattended {
            self.visit(core.key());
        }
    }

    pub(crate) fn is_subscribed(&self, key: Key, id: SocketId, topic: Name<'_>) -> bool {
        let shard = lock(&self.shard);
        shard.has(key, id) && shard.topics.is_subscribed(key, topic)
    }

    pub(crate) fn subscriptions(&self, key: Key, id: SocketId) -> Vec<String> {
        let shard = lock(&self.shard);
        if !shard.has(key, id) {
            return Vec::new();
        }
        let topics = shard.topics.subscriptions(key);
        topics.map(|topic| topic.text().to_owned()).collect()
    }

    /// The key of the socket of this id, whether or not it can be handed out.
    pub(super) fn key_of(&self, id: SocketId) -> Option<Key> {
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
    pub(super) fn cores(&self) -> Vec<Arc<Core>> {
        let shard = lock(&self.shard);
        let registered = shard.sockets.iter();
        registered
            .map(|(_, registered)| registered.core.clone())
            .collect()
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
