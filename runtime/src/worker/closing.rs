//! How a worker sends its sockets away without losing what has been published to them.

// The standard one, as its hasher resists chosen topics.
use std::{collections::HashMap, sync::Arc};

use super::{Core, Shard, Shared, Worker, lock};
use crate::{
    close::CloseReason,
    guard::Guarded,
    topics::{Key, Name},
    watch::Watch,
};

/// Tells the sockets of one server from those of another in the same space. Zero is actix's own.
pub(crate) type Owner = u32;

/// Sockets that are to be closed.
#[derive(Clone, Debug)]
pub(crate) struct Closing {
    /// Whose they are; `None` if they are all.
    pub(crate) owner: Option<Owner>,
    pub(crate) reason: CloseReason,
}

impl Closing {
    fn concerns(&self, core: &Core) -> bool {
        self.owner.is_none_or(|owner| core.owner == owner)
    }
}

impl Worker {
    /// Closes sockets behind everything that has been published to them, wherever it is on its
    /// way.
    ///
    /// Only for this worker's own thread: whoever publishes on it has counted its subscribers and
    /// delivered to them by then.
    pub(super) fn close_all(self: &Arc<Self>, closing: &Closing) {
        let mut done = Vec::new();
        let mut shard = lock(&self.shard);
        self.inbox.take_publishes(&mut shard.late.publishes);
        // Most of it, so that little is delivered without letting go of the shard.
        shard = self.catch_up(shard, &mut done, |_| true);
        self.catch_up_locked(&mut shard, &mut done);
        let keys = shard.keys_of(closing);
        let left = shard.subscriptions_of(&keys).into_iter();
        let left = left.map(|(topic, count)| {
            let others = self
                .space
                .directory
                .remove_many(Name::new(topic), self, count);
            (topic.to_owned(), others)
        });
        let left: HashMap<_, _> = left.collect();
        // Other threads count subscribers and hand over under a stripe of the directory. Those that
        // have counted these ones have handed over, and no publish will count them any more.
        self.inbox.take_publishes(&mut shard.late.publishes);
        self.catch_up_locked(&mut shard, &mut done);
        self.note_pending(&shard);
        let closed = keys
            .into_iter()
            .filter_map(|key| shard.close(key, &closing.reason, &left));
        let closed: Vec<_> = closed.collect();
        // The user's data may be dropped with the last socket, and may do anything then. So may the
        // tasks that wait for the end of a socket.
        drop(shard);
        for watch in closed.iter().filter_map(|(_, watch)| watch.as_ref()) {
            watch.announce();
        }
        drop((closed, done));
    }
}

impl Shard {
    fn keys_of(&self, closing: &Closing) -> Vec<Key> {
        let sockets = self.sockets.iter();
        let concerned = sockets.filter(|(_, registered)| closing.concerns(&registered.core));
        concerned.map(|(key, _)| key).collect()
    }

    /// The topics of these sockets, each with how many of them subscribe to it.
    fn subscriptions_of(&self, keys: &[Key]) -> HashMap<&str, usize> {
        let mut counts = HashMap::new();
        for topic in keys.iter().flat_map(|&key| self.topics.subscriptions(key)) {
            *counts.entry(topic.text()).or_default() += 1;
        }
        counts
    }

    /// Closes a socket, and takes it off its topics, but not off the directory; `left` has the
    /// topics, and how many others subscribe to each.
    fn close(
        &mut self,
        key: Key,
        reason: &CloseReason,
        left: &HashMap<String, usize>,
    ) -> Option<(Option<Guarded<Shared>>, Option<Watch>)> {
        let Self {
            sockets,
            topics,
            dirty,
            ..
        } = self;
        let core = &sockets.get(key)?.core;
        let mut outbox = core.delivering();
        outbox.close(reason.clone());
        for topic in topics.leave_all(key) {
            if core.config.tells_subscription {
                let topic = topic.into_text();
                let others = left.get(&*topic).copied().unwrap_or_default();
                outbox.tell_leave(topic, others);
            }
        }
        let watch = outbox.take_watch();
        if outbox.schedule() {
            dirty.push(key);
        }
        drop(outbox);
        Some((self.unlist(key), watch))
    }
}
