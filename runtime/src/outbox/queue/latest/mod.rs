//! Messages of which only the latest counts: prices, cursors.
//!
//! Such a message has a name, and replaces an older one of the same name that has not been begun.
//! It takes the old one's place, so that names which change often do not keep the others waiting;
//! but not if an ordinary message is queued behind the old one, because it must not overtake that.
//! Then it goes to the end.

use std::{
    cell::OnceCell,
    hash::{BuildHasher as _, Hash, Hasher, RandomState},
    sync::OnceLock,
};

use hashbrown::HashMap;

use super::{Frame, Queue, SharedFrame, chain::Place};

/// What tells one message from another of which only the latest counts: its topic and its key.
///
/// These are texts of any length that a peer may have chosen. So they are not kept: 128 bits of
/// SipHash, under keys of this process, stand for them. No peer can choose two that have the same,
/// and by chance no two have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name([u64; 2]);

impl Name {
    /// What a message with a name takes besides its bytes. List and table may be half empty, an
    /// ordinary message in between takes a place in the list, too, and the allocator takes something
    /// for each frame. A test measures it.
    pub(crate) const OVERHEAD: usize = 512;

    pub(crate) fn new(topic: &str, key: &str) -> Self {
        static KEYS: OnceLock<[RandomState; 2]> = OnceLock::new();
        let keys = KEYS.get_or_init(|| [RandomState::new(), RandomState::new()]);
        Self(keys.each_ref().map(|random| random.hash_one((topic, key))))
    }
}

/// It is a hash.
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

/// A message with a name on its way into many queues.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub(crate) frame: Frame<'a>,
    name: Name,
    /// Made for the first queue that has to keep it: most have not.
    shared: OnceCell<SharedFrame>,
}

impl<'a> Named<'a> {
    pub(crate) fn new(frame: Frame<'a>, name: Name) -> Self {
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
    ///
    /// What it takes besides its bytes counts for the limit, too: with many names of small messages
    /// that is most of the memory.
    pub(crate) fn push_latest(&mut self, message: &Named<'_>, limit: usize) -> bool {
        let segments = self.rest.as_ref().map(|rest| &rest.segments);
        let old = segments.and_then(|segments| segments.find(message.name));
        let others = self.data - old.as_ref().map_or(0, |old| old.len);
        let len = message.frame.len();
        // One that is replaced has been counted with its name.
        let overhead = old.as_ref().map_or(Name::OVERHEAD, |_| 0);
        let overheads = self.held() - self.data + overhead;
        if others > 0 && others + overheads + len > limit {
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
    positions: HashMap<Name, Position>,
    /// How many times ordinary messages have been queued.
    ordinary: usize,
    /// What those in the table take besides their bytes.
    overhead: usize,
}

#[derive(Debug)]
struct Position {
    place: Place,
    /// The count of ordinary messages when this one was queued.
    ordinary: usize,
}

impl UnsentMessages {
    pub(super) fn overhead(&self) -> usize {
        self.overhead
    }

    pub(super) fn note_ordinary(&mut self) {
        self.ordinary += 1;
    }

    pub(super) fn insert(&mut self, name: Name, place: Place) {
        let ordinary = self.ordinary;
        self.overhead += Name::OVERHEAD;
        self.positions.insert(name, Position { place, ordinary });
    }

    /// Where a message is, and whether an ordinary one is queued behind it.
    pub(super) fn find(&self, name: Name) -> Option<(Place, bool)> {
        let position = self.positions.get(&name)?;
        Some((position.place, position.ordinary < self.ordinary))
    }

    pub(super) fn remove(&mut self, name: Name) {
        if self.positions.remove(&name).is_some() {
            self.overhead -= Name::OVERHEAD;
        }
    }
}

#[cfg(test)]
mod tests;
