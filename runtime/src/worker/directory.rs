//! Which workers have subscribers to a topic, and how many.

use std::sync::{
    Arc, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use hashbrown::HashTable;

use super::Worker;
use crate::{
    link::Slot,
    lock::{ReadGuard, RwLock, STRIPE, WriteGuard},
    topics::Name,
};

/// The number of locks over which topics are spread, so that publishes to different topics seldom
/// wait for each other.
const STRIPES: usize = 64;

/// Topics by the hash of their names.
type Topics = HashTable<Topic>;

/// The topics of one lock.
#[derive(Debug, Default)]
struct Stripe {
    topics: RwLock<Topics, STRIPE>,
    /// The messages that threads without a worker have published to these topics. Such a thread
    /// writes to the lock anyway.
    publishes: AtomicU64,
}

#[derive(Debug)]
struct Topic {
    name: Box<str>,
    shares: Vec<Share>,
}

impl Topic {
    fn is(&self, name: Name<'_>) -> bool {
        *self.name == *name.text()
    }

    fn hash(&self) -> u64 {
        Name::new(&self.name).hash()
    }
}

/// A worker's part of a topic's subscribers.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) worker: Arc<Worker>,
    pub(crate) subscribers: usize,
}

/// The number of subscribers per topic and worker. A publish reads it first, and calls only the
/// workers that have subscribers.
#[derive(Debug)]
pub(super) struct Directory {
    stripes: Box<[Stripe]>,
    /// The link to other nodes. It is read under the stripe of a topic that gets its first subscriber
    /// or loses its last one.
    link: Slot,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            stripes: (0..STRIPES).map(|_| Stripe::default()).collect(),
            link: Slot::default(),
        }
    }
}

impl Directory {
    /// Calls `each` for every worker that has subscribers to `topic`.
    pub(super) fn for_each(&self, topic: Name<'_>, mut each: impl FnMut(&Share)) {
        let stripe = self.read(self.stripe(topic));
        if let Some(topic) = stripe.find(topic.hash(), |other| other.is(topic)) {
            topic.shares.iter().for_each(&mut each);
        }
    }

    /// How many subscribers a topic has.
    pub(super) fn count(&self, topic: Name<'_>) -> usize {
        let mut count = 0;
        self.for_each(topic, |share| count += share.subscribers);
        count
    }

    /// Whether a topic has subscribers.
    pub(super) fn has(&self, topic: Name<'_>) -> bool {
        let stripe = self.read(self.stripe(topic));
        stripe.find(topic.hash(), |other| other.is(topic)).is_some()
    }

    /// Counts a message that a thread without a worker has published.
    pub(super) fn count_publish(&self, topic: Name<'_>) {
        self.stripe(topic).publishes.fetch_add(1, Relaxed);
    }

    /// The messages that threads without a worker have published.
    pub(super) fn publishes(&self) -> u64 {
        let stripes = self.stripes.iter();
        stripes.map(|it| it.publishes.load(Relaxed)).sum()
    }

    /// Every topic that has subscribers.
    pub(super) fn topics(&self) -> Vec<String> {
        let stripes = self.stripes.iter();
        stripes
            .flat_map(|stripe| {
                self.read(stripe)
                    .iter()
                    .map(|topic| topic.name.to_string())
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// Counts one more subscriber, and returns how many the topic then has.
    ///
    /// Calls `counted` under the lock of the stripe. By then, every publisher that has not counted
    /// this subscriber has handed its message over. Every publisher that hands a message over later
    /// has counted the subscriber.
    pub(super) fn add(
        &self,
        topic: Name<'_>,
        worker: &Arc<Worker>,
        counted: impl FnOnce(),
    ) -> usize {
        let mut stripe = self.write(topic);
        let entry = stripe.entry(topic.hash(), |other| other.is(topic), Topic::hash);
        let entry = entry.or_insert_with(|| {
            self.mark(topic);
            Topic {
                name: topic.text().into(),
                shares: Vec::with_capacity(1),
            }
        });
        let shares = &mut entry.into_mut().shares;
        match shares
            .iter_mut()
            .find(|share| Arc::ptr_eq(&share.worker, worker))
        {
            Some(share) => share.subscribers += 1,
            None => shares.push(Share {
                worker: worker.clone(),
                subscribers: 1,
            }),
        }
        counted();
        total(shares)
    }

    /// Subtracts `count` subscribers of a worker in one step, so that no thread sees a part of it.
    /// Returns how many the topic then has. Calls `counted` as [`Self::add`] does.
    pub(super) fn remove(
        &self,
        topic: Name<'_>,
        worker: &Arc<Worker>,
        count: usize,
        counted: impl FnOnce(),
    ) -> usize {
        let mut stripe = self.write(topic);
        counted();
        let left = remove_from(&mut stripe, topic, worker, count);
        if left == 0 {
            self.mark(topic);
        }
        left
    }

    #[inline]
    pub(super) fn link(&self) -> &Slot {
        &self.link
    }

    /// Marks every topic, because the link is set. Topics that get their first subscriber or lose
    /// their last one from now on are marked by that.
    pub(super) fn mark_all(&self) {
        for stripe in &self.stripes {
            for topic in &*self.read(stripe) {
                self.mark(Name::new(&topic.name));
            }
        }
    }

    /// Marks a topic for other nodes. To be called under its stripe.
    fn mark(&self, topic: Name<'_>) {
        if let Some(link) = self.link.get() {
            link.mark(topic);
        }
    }

    fn stripe(&self, topic: Name<'_>) -> &Stripe {
        // The low bits also choose the place in the hash table, so the stripe takes higher ones.
        let hash = topic.hash() >> 32;
        &self.stripes[hash as usize % STRIPES]
    }

    fn read<'a>(&self, stripe: &'a Stripe) -> ReadGuard<'a, Topics> {
        stripe.topics.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, topic: Name<'_>) -> WriteGuard<'_, Topics> {
        self.stripe(topic)
            .topics
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove_from(stripe: &mut Topics, topic: Name<'_>, worker: &Arc<Worker>, count: usize) -> usize {
    let entry = stripe.find_entry(topic.hash(), |other| other.is(topic));
    let Ok(mut entry) = entry else {
        return 0;
    };
    let shares = &mut entry.get_mut().shares;
    let Some(at) = shares
        .iter()
        .position(|share| Arc::ptr_eq(&share.worker, worker))
    else {
        return total(shares);
    };
    shares[at].subscribers -= count;
    if shares[at].subscribers == 0 {
        shares.swap_remove(at);
    }
    let left = total(shares);
    if left == 0 {
        entry.remove();
        if stripe.capacity() > 64 && stripe.len() < stripe.capacity() / 8 {
            let len = stripe.len();
            stripe.shrink_to(len * 2, Topic::hash);
        }
    }
    left
}

fn total(shares: &[Share]) -> usize {
    shares.iter().map(|share| share.subscribers).sum()
}
