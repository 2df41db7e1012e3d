//! What has been handed over to a worker, until it is delivered.
//!
//! A producer on another thread can be faster than the worker. What waits is bounded, and delivered
//! in portions, oldest first, so that the worker goes on serving its connections meanwhile. What
//! must come behind it waits with it: publishes of the worker's own thread, and changes of
//! subscriptions, because a message is for those who subscribed when it was counted.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use super::{Core, LocalWorker, Publish, Shard, Worker, lock};
use crate::{
    lock::MutexGuard,
    topics::{Key, Name, SharedName, Topics},
};

/// A portion is so much work: what follows is written, and the other tasks of the thread have their
/// turn.
const PORTION: usize = 1 << 15;

/// So many changes of subscriptions wait. Behind more of them the publishes are delivered at once.
const MOST_CHANGES: usize = 1024;

/// After more than so many publishes the memory of their list is given back.
const MOST_SPARE: usize = 1024;

/// Publishes in the order in which they were handed over, and what comes behind them.
#[derive(Default)]
pub(super) struct Late {
    pub(super) publishes: VecDeque<Arc<Publish>>,
    /// The number of the first of them: how many were delivered before.
    first: u64,
    /// How many of them, from the first on, are to be delivered before what must come behind the
    /// publishes of this worker's own thread.
    pub(super) own: usize,
    /// There are none if there are no publishes.
    changes: VecDeque<Change>,
}

/// A socket joins or leaves a topic.
struct Change {
    /// The number of the first publish that comes behind it.
    before: u64,
    core: Arc<Core>,
    topic: SharedName,
    joins: bool,
}

impl Late {
    pub(super) fn is_empty(&self) -> bool {
        self.publishes.is_empty()
    }

    /// Whether a change has to wait until something has been delivered.
    pub(super) fn is_full(&self) -> bool {
        self.changes.len() >= MOST_CHANGES
    }

    /// Puts a change behind what waits.
    pub(super) fn push_change(&mut self, core: &Arc<Core>, topic: Name<'_>, joins: bool) {
        self.changes.push_back(Change {
            before: self.first.wrapping_add(self.publishes.len() as u64),
            core: core.clone(),
            topic: topic.into(),
            joins,
        });
    }

    /// Whether a socket joins or leaves a topic behind what waits.
    pub(super) fn joins(&self, key: Key, topic: Name<'_>) -> Option<bool> {
        let mut changes = self.changes.iter().rev();
        let last =
            changes.find(|change| change.core.key() == key && change.topic.as_name() == topic)?;
        Some(last.joins)
    }

    /// The changes of a socket, in their order: topics, and whether it joins them.
    pub(super) fn changes_of(&self, key: Key) -> impl Iterator<Item = (Name<'_>, bool)> {
        let changes = self.changes.iter();
        let own = changes.filter(move |change| change.core.key() == key);
        own.map(|change| (change.topic.as_name(), change.joins))
    }

    pub(super) fn forget_changes_of(&mut self, key: Key) {
        self.changes.retain(|change| change.core.key() != key);
    }

    /// Takes the oldest publish.
    fn pop(&mut self) -> Option<Arc<Publish>> {
        let publish = self.publishes.pop_front()?;
        self.first = self.first.wrapping_add(1);
        self.own = self.own.saturating_sub(1);
        Some(publish)
    }

    /// The next change, if everything before it has been delivered.
    fn pop_change(&mut self) -> Option<Change> {
        let first = self.first;
        self.changes.pop_front_if(|change| change.before == first)
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
    /// Delivers a portion of what others have handed over. Only for this worker's own thread.
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

    /// Delivers what waits, oldest first, while there is something and `goes_on` says so. What has
    /// been delivered comes into `done`, to be dropped without the lock.
    pub(super) fn catch_up<'a>(
        &'a self,
        mut shard: MutexGuard<'a, Shard>,
        done: &mut Vec<Arc<Publish>>,
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

    /// Delivers all that waits without letting go of the shard, so that nothing comes in between.
    /// Only for this worker's own thread.
    pub(super) fn catch_up_locked(&self, shard: &mut Shard, done: &mut Vec<Arc<Publish>>) {
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

    fn deliver_oldest(&self, shard: &mut Shard) -> Option<Arc<Publish>> {
        let publish = shard.late.pop()?;
        shard.publish(
            publish.topic.as_name(),
            publish.frame.as_frame(),
            &publish.terms,
            self.own(publish.except.as_ref()),
        );
        while let Some(change) = shard.late.pop_change() {
            shard.deliver_pending();
            change.apply(&mut shard.topics);
        }
        Some(publish)
    }

    /// Writes what a delivery has given too much to. The lock is let go of meanwhile.
    ///
    /// On another thread the pump does it: it is about to, as there was something to be delivered.
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

    /// [`Self::relieve`] with the lock.
    fn write_overdrawn(&self, shard: &mut Shard) {
        if shard.overdrawn.is_empty() {
            return;
        }
        let overdrawn = mem::take(&mut shard.overdrawn);
        if let Some(local) = LocalWorker::here(self) {
            local.write_overdrawn(&overdrawn);
        }
    }

    /// Writes an outbox, if this is its thread.
    #[cold]
    pub(crate) fn write_now(&self, key: Key) {
        if let Some(local) = LocalWorker::here(self) {
            local.write_now(key);
        }
    }

    /// Notes whether the shard has publishes of this thread that are yet to be delivered.
    pub(super) fn note_pending(&self, shard: &Shard) {
        let has_pending = !shard.pending.is_empty() || shard.late.own > 0;
        self.has_pending.store(has_pending, Relaxed);
    }
}
