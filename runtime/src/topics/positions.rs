use hashbrown::HashMap;

use super::TopicIndex;

/// The positions of one subscriber in the lists of its topics.
///
/// Most subscribers have one topic. For these no separate memory is allocated.
#[derive(Debug, Default)]
pub(super) enum Positions {
    #[default]
    None,
    /// Two `u32` take less memory than two `usize`, and almost always suffice. Larger numbers go to
    /// `Many`.
    One { topic: u32, position: u32 },
    /// No peer chooses the keys of this table.
    Many(Box<HashMap<TopicIndex, usize>>),
}

impl Positions {
    /// Records the position in a topic's list. It replaces an older position in the same list.
    pub(super) fn insert(&mut self, topic: TopicIndex, position: usize) {
        let one = match self {
            Self::None => true,
            Self::One { topic: other, .. } => *other as TopicIndex == topic,
            Self::Many(many) => {
                many.insert(topic, position);
                return;
            }
        };
        match (u32::try_from(topic), u32::try_from(position)) {
            (Ok(topic), Ok(position)) if one => *self = Self::One { topic, position },
            _ => {
                let others = std::mem::take(self).into_iter();
                let many = others.chain([(topic, position)]).collect();
                *self = Self::Many(Box::new(many));
            }
        }
    }

    /// Removes the position in a topic's list, and returns it.
    pub(super) fn remove(&mut self, topic: TopicIndex) -> Option<usize> {
        match *self {
            Self::One {
                topic: own,
                position,
            } if own as TopicIndex == topic => {
                *self = Self::None;
                Some(position as usize)
            }
            Self::None | Self::One { .. } => None,
            Self::Many(ref mut many) => many.remove(&topic),
        }
    }

    pub(super) fn contains(&self, topic: TopicIndex) -> bool {
        match self {
            Self::None => false,
            Self::One { topic: own, .. } => *own as TopicIndex == topic,
            Self::Many(many) => many.contains_key(&topic),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One { .. } => 1,
            Self::Many(many) => many.len(),
        }
    }

    /// The topics, in no particular order.
    pub(super) fn topics(&self) -> impl Iterator<Item = TopicIndex> {
        let (one, many) = match self {
            Self::None => (None, None),
            Self::One { topic, .. } => (Some(*topic as TopicIndex), None),
            Self::Many(many) => (None, Some(many)),
        };
        let many = many.into_iter().flat_map(|many| many.keys().copied());
        one.into_iter().chain(many)
    }

    /// Each topic with the position in its list.
    pub(super) fn into_iter(self) -> impl Iterator<Item = (TopicIndex, usize)> {
        let (one, many) = match self {
            Self::None => (None, None),
            Self::One { topic, position } => (Some((topic as TopicIndex, position as usize)), None),
            Self::Many(many) => (None, Some(*many)),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(positions: Positions) -> Vec<(TopicIndex, usize)> {
        let mut entries: Vec<_> = positions.into_iter().collect();
        entries.sort();
        entries
    }

    #[test]
    fn a_single_position_takes_no_memory_of_its_own() {
        assert_eq!(size_of::<Positions>(), 16);
        let mut positions = Positions::default();
        positions.insert(7, 1);
        positions.insert(7, 2);
        assert!(matches!(
            positions,
            Positions::One {
                topic: 7,
                position: 2
            }
        ));
        assert_eq!((positions.remove(8), positions.len()), (None, 1));
        assert_eq!((positions.remove(7), positions.len()), (Some(2), 0));
    }

    #[test]
    fn many_are_kept_and_found() {
        let mut positions = Positions::default();
        for topic in [3, 1, 2] {
            positions.insert(topic, 10 * topic);
        }
        positions.insert(1, 5);
        assert_eq!(positions.remove(3), Some(30));
        assert!(positions.contains(2) && !positions.contains(3));
        let mut topics: Vec<_> = positions.topics().collect();
        topics.sort();
        assert_eq!((topics, positions.len()), (vec![1, 2], 2));
        assert_eq!(entries(positions), [(1, 5), (2, 20)]);
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn numbers_that_do_not_fit_are_kept_as_they_are() {
        const MOST: usize = u32::MAX as usize;
        for (topic, position, fits) in [
            (MOST, MOST, true),
            (MOST + 1, 0, false),
            (0, MOST + 1, false),
        ] {
            let mut positions = Positions::default();
            positions.insert(topic, position);
            assert_eq!(matches!(positions, Positions::One { .. }), fits);
            assert!(positions.contains(topic) && !positions.contains(topic ^ 1));
            // Another topic, whose number has the same lower 32 bits.
            assert!(!positions.contains(topic ^ (1 << 32)));
            assert_eq!(entries(positions), [(topic, position)]);
        }
        // If the list of the only topic outgrows `u32`, its position moves to `Many`.
        let mut positions = Positions::default();
        positions.insert(1, MOST);
        positions.insert(1, MOST + 1);
        assert_eq!(entries(positions), [(1, MOST + 1)]);
    }
}
