//! Topics and their subscribers: pure bookkeeping, generic in the subscriber.
//!
//! Each worker has one [`Topics`]. It does no I/O, takes no lock and reads no clock.

mod name;
mod positions;
mod siphash;

use hashbrown::{HashMap, HashTable, hash_table::Entry};
use slab::Slab;

pub(crate) use self::name::{Name, SharedName};
use self::positions::Positions;

/// Identifies a subscriber within one [`Topics`].
pub(crate) type Key = usize;

/// A topic's index in [`Topics::topics`].
type TopicIndex = usize;

/// Maps topics to subscribers, and subscribers to topics.
///
/// A topic exists as long as it has a subscriber. Subscribing and unsubscribing take constant time,
/// however many subscribers the topic has. The subscribers of a topic lie side by side in memory,
/// because a publish visits all of them.
#[derive(Debug)]
pub(crate) struct Topics<S> {
    /// A table of the topics' indexes, by the hash of their names.
    names: HashTable<TopicIndex>,
    topics: Slab<Topic<S>>,
    /// The position of each subscriber in the lists of its topics, so that unsubscribing needs no
    /// search. No peer chooses the keys of this table, so it may use a fast hasher.
    positions: HashMap<Key, Positions>,
}

#[derive(Debug)]
struct Topic<S> {
    name: SharedName,
    subscribers: Vec<Subscriber<S>>,
}

/// One entry in a topic's list.
#[derive(Debug)]
pub(crate) struct Subscriber<S> {
    pub(crate) key: Key,
    pub(crate) value: S,
}

impl<S> Default for Topics<S> {
    fn default() -> Self {
        Self {
            names: HashTable::new(),
            topics: Slab::new(),
            positions: HashMap::new(),
        }
    }
}

impl<S> Topics<S> {
    /// Adds a subscriber to a topic; `false` if it had subscribed already.
    pub(crate) fn subscribe(&mut self, key: Key, name: Name<'_>, value: S) -> bool {
        if self.is_subscribed(key, name) {
            return false;
        }
        let index = self.index_or_insert(name);
        let positions = self.positions.entry(key).or_default();
        let subscribers = &mut self.topics[index].subscribers;
        positions.insert(index, subscribers.len());
        subscribers.push(Subscriber { key, value });
        true
    }

    /// Removes a subscriber from a topic; `false` if it had not subscribed.
    pub(crate) fn unsubscribe(&mut self, key: Key, name: Name<'_>) -> bool {
        let Some(index) = self.find(name) else {
            return false;
        };
        let Some(positions) = self.positions.get_mut(&key) else {
            return false;
        };
        let Some(position) = positions.remove(index) else {
            return false;
        };
        if positions.len() == 0 {
            self.positions.remove(&key);
        }
        self.remove_at(index, position);
        self.release_spare_memory();
        true
    }

    /// Removes a subscriber from all its topics, and returns their names.
    pub(crate) fn leave_all(&mut self, key: Key) -> Vec<SharedName> {
        let Some(positions) = self.positions.remove(&key) else {
            return Vec::new();
        };
        let left = positions.into_iter().map(|(index, position)| {
            let name = self.topics[index].name.clone();
            self.remove_at(index, position);
            name
        });
        let left = left.collect();
        // Not earlier: it may change the indexes that the loop uses.
        self.release_spare_memory();
        left
    }

    /// Whether this subscriber is subscribed to this topic.
    pub(crate) fn is_subscribed(&self, key: Key, name: Name<'_>) -> bool {
        self.find(name).is_some_and(|index| {
            self.positions
                .get(&key)
                .is_some_and(|positions| positions.contains(index))
        })
    }

    /// The number of topics of a subscriber.
    pub(crate) fn count_subscriptions(&self, key: Key) -> usize {
        self.positions.get(&key).map_or(0, Positions::len)
    }

    /// The topics of a subscriber, in no particular order.
    pub(crate) fn subscriptions(&self, key: Key) -> impl Iterator<Item = Name<'_>> {
        let positions = self.positions.get(&key).into_iter();
        let indexes = positions.flat_map(Positions::topics);
        indexes.map(|index| self.topics[index].name.as_name())
    }

    /// The subscribers of a topic, in no particular order.
    pub(crate) fn subscribers(&self, name: Name<'_>) -> &[Subscriber<S>] {
        match self.find(name) {
            Some(index) => &self.topics[index].subscribers,
            None => &[],
        }
    }

    fn find(&self, name: Name<'_>) -> Option<TopicIndex> {
        let is_it = |&index: &TopicIndex| self.topics[index].name.as_name() == name;
        self.names.find(name.hash(), is_it).copied()
    }

    fn index_or_insert(&mut self, name: Name<'_>) -> TopicIndex {
        let Self { names, topics, .. } = self;
        let is_it = |&index: &TopicIndex| topics[index].name.as_name() == name;
        match names.entry(name.hash(), is_it, |&index| topics[index].name.hash()) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let index = topics.insert(Topic {
                    name: name.into(),
                    // Applications with very many topics usually have one subscriber per topic.
                    subscribers: Vec::with_capacity(1),
                });
                entry.insert(index);
                index
            }
        }
    }

    /// Removes an entry from a topic's list, and the topic if its list is then empty. The last
    /// entry of the list moves into the gap.
    fn remove_at(&mut self, index: TopicIndex, position: usize) {
        let topic = &mut self.topics[index];
        topic.subscribers.swap_remove(position);
        if is_sparse(topic.subscribers.len(), topic.subscribers.capacity()) {
            topic.subscribers.shrink_to(topic.subscribers.len() * 2);
        }
        if let Some(moved) = topic.subscribers.get(position) {
            if let Some(positions) = self.positions.get_mut(&moved.key) {
                positions.insert(index, position);
            }
        } else if topic.subscribers.is_empty() {
            let topic = self.topics.remove(index);
            let hash = topic.name.hash();
            if let Ok(entry) = self.names.find_entry(hash, |&other| other == index) {
                entry.remove();
            }
        }
    }

    /// Releases memory after many subscribers have gone, because a hash table or slab does not
    /// shrink by itself.
    ///
    /// This may change the indexes of topics.
    fn release_spare_memory(&mut self) {
        if is_sparse(self.positions.len(), self.positions.capacity()) {
            self.positions.shrink_to(self.positions.len() * 2);
        }
        if is_sparse(self.names.len(), self.names.capacity()) {
            let Self { names, topics, .. } = self;
            names.shrink_to(names.len() * 2, |&index| topics[index].name.hash());
            self.close_gaps();
            self.topics.shrink_to_fit();
        }
    }

    /// Moves the last topics into the gaps before them. A slab cannot release memory before its
    /// last entry.
    fn close_gaps(&mut self) {
        let Self {
            names,
            topics,
            positions,
        } = self;
        topics.compact(|topic, from, to| {
            let hash = topic.name.hash();
            if let Some(index) = names.find_mut(hash, |&index| index == from) {
                *index = to;
            }
            for (position, subscriber) in topic.subscribers.iter().enumerate() {
                if let Some(positions) = positions.get_mut(&subscriber.key) {
                    positions.remove(from);
                    positions.insert(to, position);
                }
            }
            true
        });
    }
}

/// Whether a table is large and empty enough to be worth shrinking.
fn is_sparse(len: usize, capacity: usize) -> bool {
    capacity > 64 && len < capacity / 8
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn subscribe(topics: &mut Topics<Key>, key: Key, name: &str) -> bool {
        topics.subscribe(key, Name::new(name), key)
    }

    fn keys(topics: &Topics<Key>, name: &str) -> BTreeSet<Key> {
        topics
            .subscribers(Name::new(name))
            .iter()
            .map(|s| s.key)
            .collect()
    }

    fn left(topics: &mut Topics<Key>, key: Key) -> BTreeSet<String> {
        let left = topics.leave_all(key).into_iter();
        left.map(|name| name.into_text().to_string()).collect()
    }

    #[test]
    fn subscribing_twice_counts_once() {
        let mut topics = Topics::default();
        assert!(subscribe(&mut topics, 1, "a"));
        assert!(!subscribe(&mut topics, 1, "a"));
        assert_eq!(topics.subscribers(Name::new("a")).len(), 1);
        assert!(topics.unsubscribe(1, Name::new("a")));
        assert!(!topics.unsubscribe(1, Name::new("a")));
        assert!(!topics.unsubscribe(1, Name::new("never")));
    }

    #[test]
    fn the_topics_of_a_subscriber_are_counted() {
        let mut topics = Topics::default();
        for (name, count) in [("a", 1), ("b", 2), ("a", 2)] {
            subscribe(&mut topics, 1, name);
            assert_eq!(topics.count_subscriptions(1), count, "{name}");
        }
        assert_eq!(topics.count_subscriptions(2), 0);
        topics.unsubscribe(1, Name::new("a"));
        assert_eq!(topics.count_subscriptions(1), 1);
        topics.leave_all(1);
        assert_eq!(topics.count_subscriptions(1), 0);
    }

    #[test]
    fn nothing_stays_when_the_last_subscriber_has_left() {
        let mut topics = Topics::default();
        for key in 0..1000 {
            subscribe(&mut topics, key, &format!("own/{key}"));
            subscribe(&mut topics, key, "all");
        }
        for key in 0..1000 {
            assert_eq!(topics.leave_all(key).len(), 2);
        }
        assert!(topics.names.is_empty() && topics.topics.is_empty() && topics.positions.is_empty());
        assert!(topics.names.capacity() <= 64, "{}", topics.names.capacity());
    }

    #[test]
    fn a_topic_that_stays_does_not_keep_the_memory_of_those_before_it() {
        let mut topics = Topics::default();
        for key in 0..1000 {
            subscribe(&mut topics, key, &format!("own/{key}"));
        }
        for key in 0..3 {
            subscribe(&mut topics, key, "all");
        }
        for key in 0..1000 {
            topics.unsubscribe(key, Name::new(&format!("own/{key}")));
        }
        assert!(topics.topics.capacity() <= 64, "{:?}", topics.topics);
        assert_eq!(keys(&topics, "all"), BTreeSet::from([0, 1, 2]));
        assert!(topics.positions.capacity() <= 64, "{:?}", topics.positions);
        assert_eq!(left(&mut topics, 0), BTreeSet::from(["all".to_owned()]));
        assert!(
            topics.unsubscribe(1, Name::new("all")) && topics.is_subscribed(2, Name::new("all"))
        );
    }

    #[derive(Clone, Debug)]
    enum Step {
        Subscribe(Key, u8),
        Unsubscribe(Key, u8),
        LeaveAll(Key),
        /// Subscribes to so many topics that the tables shrink later.
        Crowd(Key),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..8usize, 0..5u8).prop_map(|(k, t)| Step::Subscribe(k, t)),
            2 => (0..8usize, 0..5u8).prop_map(|(k, t)| Step::Unsubscribe(k, t)),
            1 => (0..8usize).prop_map(Step::LeaveAll),
            1 => (0..8usize).prop_map(Step::Crowd),
        ]
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_set_of_pairs(steps in prop::collection::vec(step(), 0..200)) {
            let mut topics = Topics::default();
            let mut model: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
            let none = BTreeSet::new();
            for step in steps {
                match step {
                    Step::Subscribe(key, topic) => {
                        let name = topic.to_string();
                        let new = model.entry(name.clone()).or_default().insert(key);
                        prop_assert_eq!(subscribe(&mut topics, key, &name), new);
                    }
                    Step::Unsubscribe(key, topic) => {
                        let name = topic.to_string();
                        let was = model.get_mut(&name).is_some_and(|keys| keys.remove(&key));
                        prop_assert_eq!(topics.unsubscribe(key, Name::new(&name)), was);
                    }
                    Step::Crowd(key) => {
                        for topic in 5..100 {
                            let name = topic.to_string();
                            let new = model.entry(name.clone()).or_default().insert(key);
                            prop_assert_eq!(subscribe(&mut topics, key, &name), new);
                        }
                    }
                    Step::LeaveAll(key) => {
                        let left = left(&mut topics, key);
                        let mut expected = BTreeSet::new();
                        for (name, keys) in &mut model {
                            if keys.remove(&key) {
                                expected.insert(name.clone());
                            }
                        }
                        prop_assert_eq!(left, expected);
                    }
                }
                for topic in ["0", "1", "2", "3", "4"] {
                    let name = Name::new(topic);
                    let expected = model.get(topic).unwrap_or(&none);
                    prop_assert_eq!(&keys(&topics, topic), expected);
                    for key in 0..8 {
                        prop_assert_eq!(topics.is_subscribed(key, name), expected.contains(&key));
                    }
                }
            }
            for key in 0..8 {
                let listed: BTreeSet<&str> = topics.subscriptions(key).map(Name::text).collect();
                let expected = model.iter().filter(|(_, keys)| keys.contains(&key));
                prop_assert_eq!(listed, expected.map(|(name, _)| &**name).collect());
            }
        }
    }
}
