//! Which topics the sockets of a worker subscribe to.
//!
//! A message is for the sockets that subscribe to its topic when it is counted: under the stripe of
//! the directory that has the topic. So a change takes effect behind all that were counted before
//! it, which are those that have been handed over when the stripe is changed.

use std::sync::Arc;

use super::{Core, LocalWorker, Shard, SocketId, Worker, lock};
use crate::{
    lock::MutexGuard,
    outbox::ReadyState,
    topics::{Key, Name, SharedName},
};

impl Worker {
    pub(crate) fn subscribe(self: &Arc<Self>, core: &Arc<Core>, topic: &str) -> bool {
        if topic.len() > core.config.max_topic_len {
            core.log_long_topic(topic);
            return false;
        }
        let name = Name::new(topic);
        let mut shard = self.ready_for_change();
        if !shard.has(core.key(), core.id)
            || core.state() != ReadyState::Open
            || shard.is_subscribed(core.key(), name)
        {
            return false;
        }
        if shard.count_subscriptions(core.key()) >= core.config.max_subscriptions as usize {
            drop(shard);
            core.log_many_subscriptions();
            return false;
        }
        let late = &mut shard.late.publishes;
        let subscribers = self
            .space
            .directory
            .add(name, self, || self.inbox.take_publishes(late));
        shard.change(core, name, true);
        self.tell_change(shard, core, topic, subscribers);
        true
    }

    pub(crate) fn unsubscribe(self: &Arc<Self>, core: &Arc<Core>, topic: &str) -> bool {
        let name = Name::new(topic);
        let mut shard = self.ready_for_change();
        let removed = shard.has(core.key(), core.id) && shard.is_subscribed(core.key(), name);
        if removed {
            let late = &mut shard.late.publishes;
            let subscribers = self
                .space
                .directory
                .remove(name, self, || self.inbox.take_publishes(late));
            shard.change(core, name, false);
            let mut done = Vec::new();
            // What was counted for it is delivered now, so that nothing of it comes behind what is
            // sent from now on. Other threads have no claim to that order.
            if LocalWorker::here(self).is_some() {
                shard = self.catch_up(shard, &mut done, |_| true);
            }
            self.tell_change(shard, core, topic, subscribers);
        }
        removed
    }

    /// Makes room for a change of subscriptions, and delivers what would else reach those that
    /// subscribe now.
    fn ready_for_change(&self) -> MutexGuard<'_, Shard> {
        let mut shard = self.deliver_gathered(lock(&self.shard));
        if shard.late.is_full() {
            let mut done = Vec::new();
            shard = self.catch_up(shard, &mut done, |shard| shard.late.is_full());
            drop(shard);
            drop(done);
            shard = self.deliver_gathered(lock(&self.shard));
        }
        shard
    }

    /// Under the lock of the shard, changes are told in the order in which they happened.
    fn tell_change(
        &self,
        shard: MutexGuard<'_, Shard>,
        core: &Core,
        topic: &str,
        subscribers: usize,
    ) {
        let lists = core.tell_change(topic, subscribers);
        drop(shard);
        if lists {
            self.list(core.key());
        }
    }

    /// Takes a socket that is closing off all topics and out of look-ups.
    pub(crate) fn take_leave(self: &Arc<Self>, key: Key) {
        let mut shard = self.deliver_gathered(lock(&self.shard));
        // It is given nothing any more, so there is nothing that must come before.
        let left = shard.leave_all(key);
        let core = shard.sockets.get(key).map(|registered| &registered.core);
        let told = core.filter(|core| core.config.tells_subscription && !left.is_empty());
        let mut lists = false;
        for topic in left {
            let subscribers = self.space.directory.remove(topic.as_name(), self, || ());
            if let Some(core) = told {
                let mut outbox = core.delivering();
                outbox.tell_leave(topic.into_text(), subscribers);
                lists |= outbox.schedule();
            }
        }
        let shared = shard.unlist(key);
        // The user's data may be dropped with the last socket, and may do anything then.
        drop(shard);
        drop(shared);
        if lists {
            self.list(key);
        }
    }

    pub(crate) fn is_subscribed(&self, key: Key, id: SocketId, topic: Name<'_>) -> bool {
        let shard = lock(&self.shard);
        shard.has(key, id) && shard.is_subscribed(key, topic)
    }

    pub(crate) fn subscriptions(&self, key: Key, id: SocketId) -> Vec<String> {
        let shard = lock(&self.shard);
        if !shard.has(key, id) {
            return Vec::new();
        }
        let topics = shard.topics.subscriptions(key);
        let mut topics: Vec<_> = topics.map(|topic| topic.text().to_owned()).collect();
        for (topic, joins) in shard.late.changes_of(key) {
            match joins {
                true => topics.push(topic.text().to_owned()),
                false => topics.retain(|other| other != topic.text()),
            }
        }
        topics
    }
}

impl Shard {
    /// Whether a socket subscribes to a topic, as its user sees it: also if that takes effect behind
    /// what waits.
    pub(super) fn is_subscribed(&self, key: Key, topic: Name<'_>) -> bool {
        let joins = self.late.joins(key, topic);
        joins.unwrap_or_else(|| self.topics.is_subscribed(key, topic))
    }

    /// How many topics a socket subscribes to, as its user sees it.
    fn count_subscriptions(&self, key: Key) -> usize {
        let now = self.topics.count_subscriptions(key);
        self.late
            .changes_of(key)
            .fold(now, |count, (_, joins)| match joins {
                true => count + 1,
                false => count.saturating_sub(1),
            })
    }

    /// A socket joins or leaves a topic, behind what waits.
    fn change(&mut self, core: &Arc<Core>, topic: Name<'_>, joins: bool) {
        if !self.late.is_empty() {
            self.late.push_change(core, topic, joins);
        } else if joins {
            self.topics.subscribe(core.key(), topic, core.clone());
        } else {
            self.topics.unsubscribe(core.key(), topic);
        }
    }

    /// Takes a socket off all topics, which it returns.
    fn leave_all(&mut self, key: Key) -> Vec<SharedName> {
        let mut left = self.topics.leave_all(key);
        for (topic, joins) in self.late.changes_of(key) {
            match joins {
                true => left.push(topic.into()),
                false => left.retain(|other| other.as_name() != topic),
            }
        }
        self.late.forget_changes_of(key);
        left
    }
}
