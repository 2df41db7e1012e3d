//! Publishes that were handed over to a worker, until they are delivered.
//!
//! A producer on another thread can be faster than the worker. So the waiting publishes are
//! bounded, and the worker delivers them in portions, oldest first, and serves its connections in
//! between. Publishes of the worker's own thread and changes of subscriptions wait behind them: a
//! message is for the sockets that subscribed when it was counted.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use super::{Core, LocalWorker, Publication, Shard, Worker, lock};
use crate::{
    lock::MutexGuard,
    topics::{Key, Name, SharedName, Topics},
};

/// The units of work in one portion. After a portion the pump writes, and the other tasks of the
/// thread have their turn.
const PORTION: usize = 1 << 15;

/// The number of subscription changes that may wait. If there are more, the publishes before them
/// are delivered at once.
const MOST_CHANGES: usize = 1024;

/// The capacity that the list of publishes keeps when it is empty.
const MOST_SPARE: usize = 1024;

/// Publishes in the order in which they were handed over, and the changes behind them.
#[derive(Default)]
pub(super) struct Late {
    pub(super) publishes: VecDeque<Arc<Publication>>,
    /// The number of the first publish: how many were delivered before it.
    first: u64,
    /// The number of publishes, from the first on, up to the last publish of this worker's own
    /// thread. They are delivered before anything that must come behind that publish.
    pub(super) own: usize,
    /// Changes of subscriptions. Empty if there are no publishes.
    changes: VecDeque<Change>,
}

/// A change of a socket's subscriptions.
struct Change {
    /// The number of the first publish that comes behind the change.
    before: u64,
    core: Arc<Core>,
    topic: SharedName,
    joins: bool,
}

impl Late {
    pub(super) fn is_empty(&self) -> bool {
        self.publishes.is_empty()
    }

    /// Whether a further change must wait until some publishes are delivered.
    pub(super) fn is_full(&self) -> bool {
        self.changes.len() >= MOST_CHANGES
    }

    /// Appends a change behind all waiting publishes.
    pub(super) fn push_change(&mut self, core: &Arc<Core>, topic: Name<'_>, joins: bool) {
        self.changes.push_back(Change {
            before: self.first.wrapping_add(self.publishes.len() as u64),
            core: core.clone(),
            topic: topic.into(),
            joins,
        });
    }

    /// Whether the last waiting change subscribes the socket to the topic or unsubscribes it;
    /// `None` without such a change.
    pub(super) fn joins(&self, key: Key, topic: Name<'_>) -> Option<bool> {
        let mut changes = self.changes.iter().rev();
        let last =
            changes.find(|change| change.core.key() == key && change.topic.as_name() == topic)?;
        Some(last.joins)
    }

    /// The waiting changes of a socket, oldest first: the topic, and whether the socket subscribes
    /// to it.
    pub(super) fn changes_of(&self, key: Key) -> impl Iterator<Item = (Name<'_>, bool)> {
        let changes = self.changes.iter();
        let own = changes.filter(move |change| change.core.key() == key);
        own.map(|change| (change.topic.as_name(), change.joins))
    }

    /// The waiting changes of the subscribers of a topic, oldest first: the socket, and whether it
    /// subscribes.
    pub(super) fn changes_to(&self, topic: Name<'_>) -> impl Iterator<Item = (&Arc<Core>, bool)> {
        let changes = self.changes.iter();
        let to_topic = changes.filter(move |change| change.topic.as_name() == topic);
        to_topic.map(|change| (&change.core, change.joins))
    }

    pub(super) fn forget_changes_of(&mut self, key: Key) {
        self.changes.retain(|change| change.core.key() != key);
    }

    /// Removes the oldest publish.
    fn pop(&mut self) -> Option<Arc<Publication>> {
        let publish = self.publishes.pop_front()?;
        self.first = self.first.wrapping_add(1);
        self.own = self.own.saturating_sub(1);
        Some(publish)
    }

    /// The next change, if every publish before it has been delivered.
    fn pop_change(&mut self) -> Option<Change> {
        let is_due = self.changes.front()?.before == self.first;
        if is_due {
            self.changes.pop_front()
        } else {
            None
        }
    }
}

impl Change {
    fn apply(self, topics: &mut Topics<Arc<Core>>) {
        if self.joins {
            topics.subscribe(self.core.key(), self.topic.as_name(), self.core.clone());
        } else {
            topics.unsubscribe(self.core.key(), self.topic.as_name());
        }
    }
}

impl Worker {
    /// Delivers a portion of the publishes of other threads. Only for this worker's own thread.
    pub(super) fn deliver_portion(&self) {
        let mut done = Vec::new();
        let mut shard = lock(&self.shard);
        self.inbox.take_publishes(&mut shard.late.publishes);
        let end = self.work().wrapping_add(PORTION);
        let mut publishes = 0;
        shard = self.catch_up(shard, &mut done, |_| {
            publishes += 1;
            publishes <= PORTION && end.wrapping_sub(self.work()) as isize > 0
        });
        self.note_pending(&shard);
        drop(shard);
    }

    /// Delivers waiting publishes, oldest first, while `goes_on` returns `true`. Delivered
    /// publishes are put into `done`, so that the caller drops them without the lock.
    pub(super) fn catch_up<'a>(
        &'a self,
        mut shard: MutexGuard<'a, Shard>,
        done: &mut Vec<Arc<Publication>>,
        mut goes_on: impl FnMut(&Shard) -> bool,
    ) -> MutexGuard<'a, Shard> {
        let mut cost = 0;
        while !shard.late.is_empty() && goes_on(&shard) {
            if let Some(publish) = self.deliver_oldest(&mut shard) {
                cost += publish.cost();
                done.push(publish);
            }
            shard = self.relieve(shard);
        }
        self.inbox.release(cost);
        if shard.late.is_empty() {
            shard.late.publishes.shrink_to(MOST_SPARE);
        }
        shard
    }

    /// Delivers all waiting publishes without releasing the lock of the shard, so that nothing
    /// comes in between. Only for this worker's own thread.
    pub(super) fn catch_up_locked(&self, shard: &mut Shard, done: &mut Vec<Arc<Publication>>) {
        let mut cost = 0;
        while let Some(publish) = self.deliver_oldest(shard) {
            cost += publish.cost();
            done.push(publish);
            self.write_overdrawn(shard);
        }
        self.inbox.release(cost);
        shard.deliver_pending();
        self.write_overdrawn(shard);
    }

    fn deliver_oldest(&self, shard: &mut Shard) -> Option<Arc<Publication>> {
        let publish = shard.late.pop()?;
        let topic = publish.topic.as_name();
        let excepted = self.excepted(shard, topic, publish.excepts.as_ref());
        shard.publish(topic, publish.frame.as_frame(), &publish.terms, &excepted);
        while let Some(change) = shard.late.pop_change() {
            shard.deliver_pending();
            change.apply(&mut shard.topics);
        }
        Some(publish)
    }

    /// Writes the outboxes that a delivery has filled above their limit. The lock is released
    /// meanwhile.
    ///
    /// On another thread this only clears the list. The pump is about to run, as publishes waited
    /// for it, and writes them.
    pub(super) fn relieve<'a>(&'a self, mut shard: MutexGuard<'a, Shard>) -> MutexGuard<'a, Shard> {
        if shard.overdrawn.is_empty() {
            return shard;
        }
        let overdrawn = mem::take(&mut shard.overdrawn);
        let Some(local) = LocalWorker::here(self) else {
            return shard;
        };
        drop(shard);
        local.write_overdrawn(&overdrawn);
        lock(&self.shard)
    }

    /// [`Self::relieve`] without releasing the lock.
    fn write_overdrawn(&self, shard: &mut Shard) {
        if shard.overdrawn.is_empty() {
            return;
        }
        let overdrawn = mem::take(&mut shard.overdrawn);
        if let Some(local) = LocalWorker::here(self) {
            local.write_overdrawn(&overdrawn);
        }
    }

    /// Writes an outbox, if the caller is on the worker's thread.
    #[cold]
    pub(crate) fn write_now(&self, key: Key) {
        if let Some(local) = LocalWorker::here(self) {
            local.write_now(key);
        }
    }

    /// Records whether the shard has publishes of this thread that are not delivered yet.
    pub(super) fn note_pending(&self, shard: &Shard) {
        let has_pending = !shard.pending.is_empty() || shard.late.own > 0;
        self.has_pending.store(has_pending, Relaxed);
    }
}
