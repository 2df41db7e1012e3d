//! Messages of which only the latest counts: prices, cursors.
//!
//! Such a message has a name, and replaces an older one of the same name that has not been begun.
//! It takes the old one's place, so that names which change often do not keep the others waiting;
//! but not if an ordinary message is queued behind the old one, because it must not overtake that.
//! Then it goes to the end.

use std::{
    cell::OnceCell,
    hash::{Hash, Hasher},
    sync::Arc,
};

use hashbrown::HashMap;

use super::{
    Queue,
    chain::Place,
    frame::{Frame, SharedFrame},
};
use crate::topics::hash_chosen;

/// What tells one message from another of which only the latest counts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Of the other two: made once for all queues.
    hash: u64,
    topic: Box<str>,
    key: Box<str>,
}

impl Name {
    pub(crate) fn new(topic: &str, key: &str) -> Self {
        Self {
            hash: hash_chosen(&[topic.as_bytes(), key.as_bytes()].join(&0xff)),
            topic: topic.into(),
            key: key.into(),
        }
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// A message with a name on its way into many queues.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub(crate) frame: Frame<'a>,
    name: &'a Arc<Name>,
    /// Made for the first queue that has to keep it: most have not.
    shared: OnceCell<SharedFrame>,
}

impl<'a> Named<'a> {
    pub(crate) fn new(frame: Frame<'a>, name: &'a Arc<Name>) -> Self {
        Self {
            frame,
            name,
            shared: OnceCell::new(),
        }
    }

    fn share(&self) -> SharedFrame {
        let shared = self.shared.get_or_init(|| SharedFrame::new(self.frame));
        shared.clone()
    }
}

impl Queue {
    /// Queues a message of which only the latest counts; `false` if there is no room for it.
    ///
    /// The message that it replaces makes room for it. A message that is too long all the same is
    /// dropped and the older one kept, so that the peer has at least that. The only message in a
    /// queue may be replaced by one of any size, as an empty queue takes one of any size.
    pub(crate) fn push_latest(&mut self, message: &Named<'_>, limit: usize) -> bool {
        let segments = self.rest.as_ref().map(|rest| &rest.segments);
        let old = segments.and_then(|segments| segments.find(message.name));
        let others = self.data - old.as_ref().map_or(0, |old| old.len);
        let len = message.frame.len();
        if others > 0 && others + len > limit {
            return false;
        }
        self.data = others + len;
        match old {
            Some(old) if !old.is_followed && self.tail.is_empty() => {
                self.rest().segments.replace(old.place, message.share());
            }
            old => {
                self.seal_tail();
                let segments = &mut self.rest().segments;
                if let Some(old) = old {
                    segments.remove(old.place);
                }
                segments.push_latest(message.share(), message.name);
            }
        }
        true
    }
}

/// A message that is queued and not begun.
#[derive(Debug)]
pub(super) struct Unsent {
    pub(super) place: Place,
    /// Bytes on the wire.
    pub(super) len: usize,
    /// Whether an ordinary message is queued behind it.
    pub(super) is_followed: bool,
}

/// Where the messages with names are that have not been begun.
#[derive(Debug, Default)]
pub(super) struct UnsentMessages {
    positions: HashMap<Arc<Name>, Position>,
    /// How many times ordinary messages have been queued.
    ordinary: usize,
}

#[derive(Debug)]
struct Position {
    place: Place,
    /// The count of ordinary messages when this one was queued.
    ordinary: usize,
}

impl UnsentMessages {
    pub(super) fn note_ordinary(&mut self) {
        self.ordinary += 1;
    }

    pub(super) fn insert(&mut self, name: Arc<Name>, place: Place) {
        let ordinary = self.ordinary;
        self.positions.insert(name, Position { place, ordinary });
    }

    /// Where a message is, and whether an ordinary one is queued behind it.
    pub(super) fn find(&self, name: &Name) -> Option<(Place, bool)> {
        let position = self.positions.get(name)?;
        Some((position.place, position.ordinary < self.ordinary))
    }

    pub(super) fn remove(&mut self, name: &Name) {
        self.positions.remove(name);
    }
}

#[cfg(test)]
mod tests;
