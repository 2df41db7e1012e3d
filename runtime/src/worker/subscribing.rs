//! The subscriptions of the sockets of a worker.
//!
//! A publish counts its subscribers under the stripe of the directory that has the topic, and
//! addresses the sockets that subscribe at that moment. A change of subscriptions locks the same
//! stripe. So the change takes effect behind all publishes that are handed over by then.

use std::sync::Arc;

use super::{Core, LocalWorker, Shard, SocketId, Worker, lock};
use crate::{
    lock::MutexGuard,
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
            || !core.may_subscribe()
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
                .remove(name, self, 1, || self.inbox.take_publishes(late));
            shard.change(core, name, false);
            let mut done = Vec::new();
            // Publishes that were counted for this socket are delivered now, so that a message sent
            // from now on comes behind them. Other threads have no claim to that order.
            if LocalWorker::here(self).is_some() {
                shard = self.catch_up(shard, &mut done, |_| true);
            }
            self.tell_change(shard, core, topic, subscribers);
        }
        removed
    }

    /// Makes room for a change of subscriptions. Delivers the gathered publishes, which a new
    /// subscriber must not get.
    pub(super) fn ready_for_change(&self) -> MutexGuard<'_, Shard> {
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

    /// Tells the `subscription` handler about a change. The shard stays locked until then, so the
    /// handler is told changes in the order in which they happened.
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

    /// Removes a closing socket from all topics and from look-ups.
    pub(crate) fn take_leave(self: &Arc<Self>, key: Key) {
        let mut shard = self.deliver_gathered(lock(&self.shard));
        // The socket is delivered nothing any more, so nothing has to be delivered first.
        let left = shard.leave_all(key);
        let core = shard.sockets.get(key).map(|registered| &registered.core);
        let told = core.filter(|core| core.config.tells_subscription && !left.is_empty());
        let mut lists = false;
        for topic in left {
            let subscribers = self.space.directory.remove(topic.as_name(), self, 1, || ());
            if let Some(core) = told {
                let mut outbox = core.delivering();
                outbox.tell_leave(topic.into_text(), subscribers);
                lists |= outbox.schedule();
            }
        }
        let shared = shard.unlist(key);
        // The last handle of a socket drops the user's data, which may run any code.
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
        match shard.has(key, id) {
            true => shard.subscriptions_of(key),
            false => Vec::new(),
        }
    }
}

impl Shard {
    /// Whether a socket subscribes to a topic, as its user sees it: a change counts at once, also
    /// if it takes effect behind waiting publishes.
    pub(super) fn is_subscribed(&self, key: Key, topic: Name<'_>) -> bool {
        let joins = self.late.joins(key, topic);
        joins.unwrap_or_else(|| self.topics.is_subscribed(key, topic))
    }

    /// The topics of a socket, as its user sees it.
    pub(super) fn subscriptions_of(&self, key: Key) -> Vec<String> {
        let topics = self.topics.subscriptions(key);
        let mut topics: Vec<_> = topics.map(|topic| topic.text().to_owned()).collect();
        for (topic, joins) in self.late.changes_of(key) {
            match joins {
                true => topics.push(topic.text().to_owned()),
                false => topics.retain(|other| other != topic.text()),
            }
        }
        topics
    }

    /// The subscribers of a topic, as their users see it.
    pub(super) fn subscribers_of(&self, topic: Name<'_>) -> Vec<Arc<Core>> {
        let subscribers = self.topics.subscribers(topic).iter();
        let mut cores: Vec<_> = subscribers.map(|it| it.value.clone()).collect();
        for (core, joins) in self.late.changes_to(topic) {
            match joins {
                true => cores.push(core.clone()),
                false => cores.retain(|other| !Arc::ptr_eq(other, core)),
            }
        }
        cores
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

    /// Subscribes or unsubscribes a socket, behind the waiting publishes.
    pub(super) fn change(&mut self, core: &Arc<Core>, topic: Name<'_>, joins: bool) {
        if !self.late.is_empty() {
            self.late.push_change(core, topic, joins);
        } else if joins {
            self.topics.subscribe(core.key(), topic, core.clone());
        } else {
            self.topics.unsubscribe(core.key(), topic);
        }
    }

    /// Removes a socket from all topics, and returns the topics.
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
