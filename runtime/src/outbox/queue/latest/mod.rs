//! Messages of which a subscriber needs only the latest: prices, cursors.
//!
//! Such a message has a name. It replaces an older message with the same name that has not been
//! begun. It also takes the place of the older one, so that names which change often do not keep
//! others waiting. But if an ordinary message is queued behind the older one, the new message goes
//! to the end, because it must not overtake the ordinary one.

use std::{
    cell::OnceCell,
    hash::{BuildHasher as _, Hash, Hasher, RandomState},
    sync::OnceLock,
};

use hashbrown::HashMap;

use super::{Frame, Queue, SharedFrame, chain::Place};

/// The name of such a message: its topic and its key.
///
/// A peer may have chosen these texts, and they may be long. So the name is not the texts, but 128
/// bits of SipHash under keys of this process. No peer can choose two texts with the same hash, and
/// by chance that does not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name([u64; 2]);

impl Name {
    /// The memory of a message with a name, besides its bytes. The list and the table may be half
    /// empty, an ordinary message in between takes a place in the list, too, and the allocator
    /// takes some memory for each frame. A test measures it.
    pub(crate) const OVERHEAD: usize = 512;

    pub(crate) fn new(topic: &str, key: &str) -> Self {
        static KEYS: OnceLock<[RandomState; 2]> = OnceLock::new();
        let keys = KEYS.get_or_init(|| [RandomState::new(), RandomState::new()]);
        Self(keys.each_ref().map(|random| random.hash_one((topic, key))))
    }
}

/// A name is a hash already, so it is not hashed again.
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

/// A published message with a name.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub(crate) frame: Frame<'a>,
    name: Name,
    /// Made for the first queue in which the message must wait: in most it does not.
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

/// The room that a message with a name has found in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// None: the message is not queued.
    None,
    /// New room.
    New,
    /// The room of an older message with the same name, which is removed.
    OfReplaced,
}

impl Queue {
    /// Queues a message with a name, if there is room for it.
    ///
    /// The message that it replaces makes room for it. If it is too long all the same, it is
    /// dropped and the older one stays, so that the peer gets at least that. A message of any size
    /// may replace the only message of a queue, as an empty queue accepts a frame of any size.
    ///
    /// The memory besides the bytes counts for the limit, too: for many names with small messages
    /// it is the larger part.
    pub(crate) fn push_latest(&mut self, message: &Named<'_>, limit: usize) -> Room {
        let segments = self.rest.as_ref().map(|rest| &rest.segments);
        let old = segments.and_then(|segments| segments.find(message.name));
        let data = self.data_len();
        let others = data - old.as_ref().map_or(0, |old| old.len);
        let len = message.frame.len();
        // The name of a replaced message is counted already.
        let overhead = old.as_ref().map_or(Name::OVERHEAD, |_| 0);
        let overheads = self.held() - data + overhead;
        if others > 0 && others + overheads + len > limit {
            return Room::None;
        }
        let room = old.as_ref().map_or(Room::New, |_| Room::OfReplaced);
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
        self.rest().data = others + len;
        room
    }
}

/// A queued message that has not been begun.
#[derive(Debug)]
pub(super) struct Unsent {
    pub(super) place: Place,
    /// The length of its frame in bytes.
    pub(super) len: usize,
    /// Whether an ordinary message is queued behind it.
    pub(super) is_followed: bool,
}

/// The places of the messages with names that have not been begun.
#[derive(Debug, Default)]
pub(super) struct UnsentMessages {
    positions: HashMap<Name, Position>,
    /// The number of ordinary messages queued so far.
    ordinary: usize,
    /// The memory of the messages in the table, besides their bytes.
    overhead: usize,
}

#[derive(Debug)]
struct Position {
    place: Place,
    /// The number of ordinary messages queued before this one.
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

    /// The place of a message, and whether an ordinary one is queued behind it.
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
