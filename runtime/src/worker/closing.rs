//! Closes the sockets of a worker without losing messages that were published to them.

// The hash map of the standard library, because its hasher resists chosen topics.
use std::{collections::HashMap, sync::Arc};

use super::{Core, Shard, Shared, Worker, lock};
use crate::{
    close::CloseReason,
    guard::Guarded,
    topics::{Key, Name},
    watch::Watch,
};

/// Tells the sockets of one server from those of another in the same space. Zero stands for the
/// actix application itself.
pub(crate) type Owner = u32;

/// A request to close sockets.
#[derive(Clone, Debug)]
pub(crate) struct Closing {
    /// The owner of the sockets; `None` for all sockets.
    pub(crate) owner: Option<Owner>,
    pub(crate) reason: CloseReason,
}

impl Closing {
    fn concerns(&self, core: &Core) -> bool {
        self.owner.is_none_or(|owner| core.owner == owner)
    }
}

impl Worker {
    /// Closes sockets behind everything that has been published to them, wherever those publishes
    /// wait.
    ///
    /// Only for this worker's own thread: a publish on it has counted its subscribers and has been
    /// delivered to them by then.
    pub(super) fn close_all(self: &Arc<Self>, closing: &Closing) {
        let mut done = Vec::new();
        let mut shard = lock(&self.shard);
        self.inbox.take_publishes(&mut shard.late.publishes);
        // Delivers most publishes here, where the lock of the shard is released in between. So
        // little is left to deliver in one piece.
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
        // Other threads count subscribers and hand publishes over under a stripe of the directory.
        // Publishes that have counted these sockets are handed over by now. Later publishes do not
        // count them.
        self.inbox.take_publishes(&mut shard.late.publishes);
        self.catch_up_locked(&mut shard, &mut done);
        self.note_pending(&shard);
        let closed = keys
            .into_iter()
            .filter_map(|key| shard.close(key, &closing.reason, &left));
        let closed: Vec<_> = closed.collect();
        // The last handle of a socket drops the user's data, which may run any code. A task that
        // waits for the end of a socket may do so as well.
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

    /// The topics of these sockets, and how many of these sockets subscribe to each.
    fn subscriptions_of(&self, keys: &[Key]) -> HashMap<&str, usize> {
        let mut counts = HashMap::new();
        for topic in keys.iter().flat_map(|&key| self.topics.subscriptions(key)) {
            *counts.entry(topic.text()).or_default() += 1;
        }
        counts
    }

    /// Closes a socket and removes its subscriptions, but not from the directory. `left` has its
    /// topics, with the number of subscribers that each topic still has.
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
