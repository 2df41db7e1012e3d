//! The topics of which a node's interest may have changed.

use hashbrown::{HashTable, hash_table::Entry};

use super::queue::Set;
use crate::topics::{Name, SharedName};

/// A set of topics.
#[derive(Debug, Default)]
pub(super) struct Marks(HashTable<SharedName>);

impl Marks {
    /// Adds a topic; `false` if it is in the set already.
    pub(super) fn insert(&mut self, topic: Name<'_>) -> bool {
        let is_it = |other: &SharedName| other.as_name() == topic;
        match self.0.entry(topic.hash(), is_it, SharedName::hash) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(topic.into());
                true
            }
        }
    }

    pub(super) fn into_names(self) -> Vec<SharedName> {
        self.0.into_iter().collect()
    }
}

impl Set for Marks {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_marked_once() {
        let mut marks = Marks::default();
        assert!(marks.is_empty());
        let names: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        for round in 0..3 {
            for name in &names {
                assert_eq!(marks.insert(Name::new(name)), round == 0);
            }
        }
        assert!(!marks.is_empty());
        let mut marked: Vec<_> = marks.into_names();
        marked.sort_by_key(|name| name.as_name().text().parse::<u32>().unwrap());
        let marked = marked.iter().map(|name| name.as_name().text());
        assert!(marked.eq(names.iter()));
    }
}
