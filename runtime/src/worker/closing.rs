//! Closes the sockets of a worker without losing messages that were published to them.

// The hash map of the standard library, because its hasher resists chosen topics.
use std::{collections::HashMap, sync::Arc};

use super::{Core, LocalWorker, Shard, Shared, SocketId, Worker, lock};
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
    pub(crate) which: Which,
    pub(crate) reason: CloseReason,
}

/// The sockets that a [`Closing`] closes.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    All,
    Of(Owner),
    /// They are marked as leaving, so each of them is in one closing at most.
    Leaving(Vec<(Key, SocketId)>),
}

impl Closing {
    /// Whether `other` is not needed if this closing follows. A closing applies to all sockets that
    /// exist when it is carried out.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (&self.which, &other.which) {
            (Which::All, _) => true,
            (Which::Of(owner), Which::Of(other)) => owner == other,
            _ => false,
        }
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
        let left = shard.count_by_topic(&keys).into_iter();
        let left = left.map(|(topic, count)| {
            let others = self
                .space
                .directory
                .remove(Name::new(topic), self, count, || ());
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

    /// Begins to close the sockets that subscribe to a topic, and returns their number. They
    /// unsubscribe from everything at once, and close behind all publishes that have counted them.
    pub(crate) fn close_topic(self: &Arc<Self>, topic: Name<'_>, reason: &CloseReason) -> usize {
        let mut shard = self.ready_for_change();
        let mut leaving = shard.subscribers_of(topic);
        leaving.retain(|core| core.begin_leaving());
        let mut topics = HashMap::<_, Vec<_>>::new();
        for core in &leaving {
            for topic in shard.subscriptions_of(core.key()) {
                topics.entry(topic).or_default().push(core);
            }
        }
        let mut listed = Vec::new();
        for (topic, cores) in &topics {
            let name = Name::new(topic);
            let late = &mut shard.late.publishes;
            let take = || self.inbox.take_publishes(late);
            let directory = &self.space.directory;
            let others = directory.remove(name, self, cores.len(), take);
            for core in cores {
                shard.change(core, name, false);
                if core.config.tells_subscription {
                    let mut outbox = core.delivering();
                    outbox.tell_leave(topic.as_str().into(), others);
                    listed.extend(outbox.schedule().then(|| core.key()));
                }
            }
        }
        drop(shard);
        listed.into_iter().for_each(|key| self.list(key));
        let count = leaving.len();
        if count > 0 {
            let sockets = leaving.iter().map(|core| (core.key(), core.id));
            self.close_or_send_away(Closing {
                which: Which::Leaving(sockets.collect()),
                reason: reason.clone(),
            });
        }
        count
    }

    /// Closes sockets now, if this is the thread of the worker. Otherwise the pump closes them.
    fn close_or_send_away(self: &Arc<Self>, closing: Closing) {
        if LocalWorker::here(self).is_none() {
            return self.send_away(closing);
        }
        self.close_all(&closing);
        // The caller may be a task beside the pump, and the Close frames are to be written.
        self.inbox.wake();
    }
}

impl Shard {
    fn keys_of(&self, closing: &Closing) -> Vec<Key> {
        let keys = |is_wanted: &dyn Fn(&Core) -> bool| {
            let sockets = self.sockets.iter();
            let wanted = sockets.filter(|(_, registered)| is_wanted(&registered.core));
            wanted.map(|(key, _)| key).collect()
        };
        match &closing.which {
            Which::All => keys(&|_| true),
            Which::Of(owner) => keys(&|core| core.owner == *owner),
            Which::Leaving(sockets) => {
                let present = sockets.iter().filter(|(key, id)| self.has(*key, *id));
                present.map(|(key, _)| *key).collect()
            }
        }
    }

    /// The topics of these sockets, and how many of these sockets subscribe to each.
    fn count_by_topic(&self, keys: &[Key]) -> HashMap<&str, usize> {
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
