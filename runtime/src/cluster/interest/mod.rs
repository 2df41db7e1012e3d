//! Which topics this node must hear, and which it hears. No I/O, no clock.
//!
//! The work is level-triggered: a mark says how things are, not what has happened. So no order of
//! events can leave a topic in the wrong state, and after a reconnect everything that is wanted is
//! compared with nothing.

mod state;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::Duration,
};

use hashbrown::{HashTable, hash_table::Entry};
use slab::Slab;
use tokio::time::Instant;

use self::state::{State, Topic};
use crate::topics::Name;

/// The most topics in a batch.
const MOST_TOPICS: usize = 1000;

/// The most bytes of names in a batch, which a slow broker must take and confirm within the deadline. A
/// longer name is a batch of its own.
const MOST_BYTES: usize = 16 * 1024;

/// A topic's index in [`Interest::topics`].
type Index = u32;

/// Milliseconds since the start of an [`Interest`].
type Millis = u64;

/// The topics that this node wants or has.
///
/// A topic takes some 50 bytes, its name, and what the allocator adds to the name.
#[derive(Debug)]
pub(crate) struct Interest {
    /// How long a topic is kept after its last subscriber.
    linger: Millis,
    start: Instant,
    is_connected: bool,
    /// The number of changes of the connection, so that a batch of an older one is known.
    connection: u64,
    names: HashTable<Index>,
    topics: Slab<Topic>,
    /// The topics that are [`State::Queued`], each once.
    to_subscribe: VecDeque<Index>,
    /// The topics that are [`State::Leaving`], each once.
    to_unsubscribe: VecDeque<Index>,
    /// The topics that linger, each once, by the time when that may end. A topic may have become
    /// wanted meanwhile, and may have become idle again.
    lingering: BinaryHeap<Reverse<(Millis, Index)>>,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    /// The topics that the broker has confirmed.
    subscribed: usize,
    /// The topics for which a subscription is under way.
    subscribing: usize,
    /// The topics for which an end is under way, and which have become wanted again.
    returning: usize,
}

/// Topics to subscribe to, or to unsubscribe from, in one go. Batches must reach the broker in the
/// order in which they were made.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) change: Change,
    connection: u64,
    topics: Vec<Index>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Subscribe,
    Unsubscribe,
}

impl Interest {
    /// Without topics and without a connection. `now` is the earliest time that it is told.
    pub(crate) fn new(linger: Duration, now: Instant) -> Self {
        Self {
            linger: millis(linger),
            start: now,
            is_connected: false,
            connection: 0,
            names: HashTable::new(),
            topics: Slab::new(),
            to_subscribe: VecDeque::new(),
            to_unsubscribe: VecDeque::new(),
            lingering: BinaryHeap::new(),
            counts: Counts::default(),
        }
    }

    /// Says whether a topic is wanted now.
    pub(crate) fn mark(&mut self, name: Name<'_>, wanted: bool, now: Instant) {
        let now = self.millis(now);
        let Some(index) = self.find(name) else {
            if wanted {
                self.insert(name);
            }
            return;
        };
        let Some(topic) = self.topics.get_mut(key(index)) else {
            return;
        };
        if topic.wanted == wanted {
            return;
        }
        topic.wanted = wanted;
        topic.idle_since = now;
        match topic.state {
            State::Absent => self.remove(index),
            State::Subscribed if !wanted => self.linger(index),
            State::Unsubscribing if wanted => self.counts.returning += 1,
            State::Unsubscribing => self.counts.returning -= 1,
            // It is looked at again when it leaves its queue, when the broker has answered, or when
            // its time is over.
            State::Queued | State::Subscribing | State::Subscribed | State::Leaving => {}
        }
    }

    /// There is a new connection, on which no topic is subscribed.
    pub(crate) fn connected(&mut self) {
        self.disconnected();
        self.is_connected = true;
        for (index, topic) in &mut self.topics {
            topic.state = State::Queued;
            // An index fits: `insert` has checked it.
            self.to_subscribe.extend(Index::try_from(index));
        }
    }

    /// The connection is lost, and all subscriptions with it. Takes time in proportion to the number
    /// of topics.
    pub(crate) fn disconnected(&mut self) {
        self.is_connected = false;
        self.connection += 1;
        self.to_subscribe.clear();
        self.to_unsubscribe.clear();
        self.lingering = BinaryHeap::new();
        self.counts = Counts::default();
        let topics = &mut self.topics;
        self.names.retain(|&mut index| {
            let wanted = topics.get(key(index)).is_some_and(|topic| topic.wanted);
            if !wanted {
                topics.try_remove(key(index));
            }
            wanted
        });
        for (_, topic) in topics {
            topic.state = State::Absent;
            topic.lingers = false;
        }
        self.release_spare_memory();
    }

    /// The next topics to subscribe to, or if there are none, to unsubscribe from.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Batch> {
        let now = self.millis(now);
        self.end_lingering(now);
        let batch = self.next_to_subscribe();
        batch.or_else(|| self.next_to_unsubscribe(now))
    }

    fn next_to_subscribe(&mut self) -> Option<Batch> {
        let mut batch = self.batch(Change::Subscribe);
        let mut bytes = 0;
        while let Some(&index) = self.to_subscribe.front() {
            let Some(topic) = self.topics.get_mut(key(index)) else {
                self.to_subscribe.pop_front();
                continue;
            };
            if topic.wanted {
                if !batch.has_room(&mut bytes, topic) {
                    break;
                }
                topic.state = State::Subscribing;
                self.counts.subscribing += 1;
                batch.topics.push(index);
            } else {
                self.remove(index);
            }
            self.to_subscribe.pop_front();
        }
        batch.if_any()
    }

    fn next_to_unsubscribe(&mut self, now: Millis) -> Option<Batch> {
        let mut batch = self.batch(Change::Unsubscribe);
        let mut bytes = 0;
        while let Some(&index) = self.to_unsubscribe.front() {
            if let Some(topic) = self.topics.get_mut(key(index)) {
                if topic.may_leave(self.linger, now) {
                    if !batch.has_room(&mut bytes, topic) {
                        break;
                    }
                    topic.state = State::Unsubscribing;
                    self.counts.subscribed -= 1;
                    batch.topics.push(index);
                } else {
                    topic.state = State::Subscribed;
                    // It has been wanted, and has become idle again.
                    if !topic.wanted {
                        self.linger(index);
                    }
                }
            }
            self.to_unsubscribe.pop_front();
        }
        batch.if_any()
    }

    /// The names of the topics in a batch.
    pub(crate) fn names(&self, batch: &Batch) -> impl Iterator<Item = &str> {
        let is_current = batch.connection == self.connection;
        let topics = batch.topics.iter().filter(move |_| is_current);
        topics.filter_map(|&index| self.topics.get(key(index)).map(|topic| &*topic.name))
    }

    /// The broker has confirmed a batch. One of an older connection is ignored.
    pub(crate) fn done(&mut self, batch: Batch, now: Instant) {
        if batch.connection != self.connection {
            return;
        }
        let now = self.millis(now);
        for index in batch.topics {
            let Some(topic) = self.topics.get_mut(key(index)) else {
                continue;
            };
            match (batch.change, topic.wanted) {
                (Change::Subscribe, wanted) => {
                    topic.state = State::Subscribed;
                    self.counts.subscribing -= 1;
                    self.counts.subscribed += 1;
                    if !wanted {
                        self.linger(index);
                    }
                }
                (Change::Unsubscribe, true) => {
                    topic.state = State::Queued;
                    self.counts.returning -= 1;
                    self.to_subscribe.push_back(index);
                }
                (Change::Unsubscribe, false) => self.remove(index),
            }
        }
        self.end_lingering(now);
        self.release_spare_memory();
    }

    /// When [`Self::next`] has something new to do, if nothing is marked before.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let Reverse((due, _)) = self.lingering.peek()?;
        self.start.checked_add(Duration::from_millis(*due))
    }

    /// Whether the broker has confirmed all topics that are wanted.
    pub(crate) fn is_synced(&self) -> bool {
        let Counts {
            subscribing,
            returning,
            ..
        } = self.counts;
        self.is_connected && self.to_subscribe.is_empty() && subscribing == 0 && returning == 0
    }

    /// The number of topics that the broker has confirmed.
    pub(crate) fn subscribed(&self) -> usize {
        self.counts.subscribed
    }

    fn find(&self, name: Name<'_>) -> Option<Index> {
        let is_it = |&index: &Index| {
            let topic = self.topics.get(key(index));
            topic.is_some_and(|topic| *topic.name == *name.text())
        };
        self.names.find(name.hash(), is_it).copied()
    }

    /// Adds a wanted topic.
    fn insert(&mut self, name: Name<'_>) {
        // More topics than an index can count do not fit into memory.
        let Ok(index) = Index::try_from(self.topics.vacant_key()) else {
            return;
        };
        let state = match self.is_connected {
            true => State::Queued,
            false => State::Absent,
        };
        self.topics.insert(Topic::new(name.text(), state));
        let topics = &self.topics;
        let hash_of = |&index: &Index| hash_at(topics, index);
        self.names.insert_unique(name.hash(), index, hash_of);
        if self.is_connected {
            self.to_subscribe.push_back(index);
        }
    }

    /// Removes a topic that is in no queue.
    fn remove(&mut self, index: Index) {
        let hash = hash_at(&self.topics, index);
        let topics = &self.topics;
        let hash_of = |&index: &Index| hash_at(topics, index);
        if let Entry::Occupied(entry) = self.names.entry(hash, |&other| other == index, hash_of) {
            entry.remove();
        }
        self.topics.try_remove(key(index));
    }

    /// Lets a topic linger that has become idle.
    fn linger(&mut self, index: Index) {
        if let Some(topic) = self.topics.get_mut(key(index))
            && !topic.lingers
        {
            topic.lingers = true;
            let due = topic.idle_since.saturating_add(self.linger);
            self.lingering.push(Reverse((due, index)));
        }
    }

    /// Lets the topics leave that have lingered long enough.
    fn end_lingering(&mut self, now: Millis) {
        while let Some(&Reverse((due, index))) = self.lingering.peek() {
            if due > now {
                break;
            }
            self.lingering.pop();
            let Some(topic) = self.topics.get_mut(key(index)) else {
                continue;
            };
            topic.lingers = false;
            if topic.may_leave(self.linger, now) {
                topic.state = State::Leaving;
                self.to_unsubscribe.push_back(index);
            } else if !topic.wanted {
                self.linger(index);
            }
        }
    }

    /// Frees memory after many topics have gone. The indexes stay.
    fn release_spare_memory(&mut self) {
        let topics = &self.topics;
        let is_spare = |len: usize, capacity: usize| capacity / 4 > len.max(64);
        if is_spare(self.names.len(), self.names.capacity()) {
            self.names.shrink_to_fit(|&index| hash_at(topics, index));
        }
        for queue in [&mut self.to_subscribe, &mut self.to_unsubscribe] {
            if is_spare(queue.len(), queue.capacity()) {
                queue.shrink_to_fit();
            }
        }
        if is_spare(self.lingering.len(), self.lingering.capacity()) {
            self.lingering.shrink_to_fit();
        }
        if self.topics.is_empty() {
            self.topics = Slab::new();
        }
    }

    fn batch(&self, change: Change) -> Batch {
        Batch {
            change,
            connection: self.connection,
            topics: Vec::new(),
        }
    }

    fn millis(&self, now: Instant) -> Millis {
        millis(now.saturating_duration_since(self.start))
    }
}

impl Batch {
    /// The number of topics.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether the batch can take a topic. Adds its length to `bytes`.
    fn has_room(&self, bytes: &mut usize, topic: &Topic) -> bool {
        *bytes += topic.name.len();
        let is_small = self.topics.len() < MOST_TOPICS && *bytes <= MOST_BYTES;
        self.topics.is_empty() || is_small
    }

    fn if_any(self) -> Option<Self> {
        (!self.topics.is_empty()).then_some(self)
    }
}

fn key(index: Index) -> usize {
    index as usize
}

fn hash_at(topics: &Slab<Topic>, index: Index) -> u64 {
    topics
        .get(key(index))
        .map_or(0, |topic| Name::new(&topic.name).hash())
}

fn millis(duration: Duration) -> Millis {
    duration.as_millis().try_into().unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests;
