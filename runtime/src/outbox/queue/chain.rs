//! A list that gives up elements from its middle.

use slab::Slab;

/// The place of an element in a [`Chain`]. It does not change while the element is there.
pub(super) type Place = usize;

/// The place before the first element and after the last.
const NONE: Place = usize::MAX;

/// A list that appends an element, and removes an element at a known place, in constant time.
#[derive(Debug)]
pub(super) struct Chain<T> {
    links: Slab<Link<T>>,
    first: Place,
    last: Place,
}

#[derive(Debug)]
struct Link<T> {
    value: T,
    before: Place,
    after: Place,
}

impl<T> Default for Chain<T> {
    fn default() -> Self {
        Self {
            links: Slab::new(),
            first: NONE,
            last: NONE,
        }
    }
}

impl<T> Chain<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    pub(super) fn get(&self, place: Place) -> Option<&T> {
        self.links.get(place).map(|link| &link.value)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut T> {
        self.links.get_mut(place).map(|link| &mut link.value)
    }

    pub(super) fn front_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.first)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let first = self.links.get(self.first);
        let links = std::iter::successors(first, |link| self.links.get(link.after));
        links.map(|link| &link.value)
    }

    pub(super) fn push_back(&mut self, value: T) -> Place {
        let place = self.links.insert(Link {
            value,
            before: self.last,
            after: NONE,
        });
        match self.links.get_mut(self.last) {
            Some(last) => last.after = place,
            None => self.first = place,
        }
        self.last = place;
        place
    }

    pub(super) fn pop_front(&mut self) -> Option<T> {
        self.remove(self.first)
    }

    pub(super) fn remove(&mut self, place: Place) -> Option<T> {
        let Link {
            value,
            before,
            after,
        } = self.links.try_remove(place)?;
        match self.links.get_mut(before) {
            Some(link) => link.after = after,
            None => self.first = after,
        }
        match self.links.get_mut(after) {
            Some(link) => link.before = before,
            None => self.last = before,
        }
        Some(value)
    }

    /// The places before and after this one; [`NONE`] at an end of the list.
    pub(super) fn neighbours(&self, place: Place) -> Option<[Place; 2]> {
        let link = self.links.get(place)?;
        Some([link.before, link.after])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push,
        Pop,
        Remove(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Push),
            1 => Just(Step::Pop),
            2 => any::<usize>().prop_map(Step::Remove),
        ]
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_vector(steps in prop::collection::vec(step(), 0..100)) {
            let mut chain = Chain::default();
            let mut model: Vec<(Place, usize)> = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Push => model.push((chain.push_back(number), number)),
                    Step::Pop => {
                        let expected = (!model.is_empty()).then(|| model.remove(0).1);
                        prop_assert_eq!(chain.pop_front(), expected);
                    }
                    Step::Remove(_) if model.is_empty() => prop_assert!(chain.remove(0).is_none()),
                    Step::Remove(any) => {
                        let at = any % model.len();
                        let before = at.checked_sub(1).map(|before| model[before].1);
                        let after = model.get(at + 1).map(|after| after.1);
                        let (place, value) = model.remove(at);
                        let neighbours = chain.neighbours(place).unwrap();
                        let neighbours = neighbours.map(|place| chain.get(place).copied());
                        prop_assert_eq!(neighbours, [before, after]);
                        prop_assert_eq!(chain.remove(place), Some(value));
                    }
                }
                let values: Vec<usize> = chain.iter().copied().collect();
                let expected: Vec<usize> = model.iter().map(|(_, value)| *value).collect();
                prop_assert_eq!(values, expected);
                prop_assert_eq!(chain.is_empty(), model.is_empty());
                prop_assert_eq!(chain.front_mut().copied(), model.first().map(|(_, value)| *value));
            }
        }
    }
}
