//! A published message on its way to workers.

use std::{mem::size_of, ops::Deref, sync::Arc};

use super::{Core, SocketId, Worker};
use crate::{
    frame::{Frame, SharedFrame},
    outbox::Terms,
    topics::{Key, Name, SharedName},
};

/// What a waiting publish takes besides its frame, its topic and its terms: the publish itself, its
/// places in two lists, and the bookkeeping of the allocator and the reference counts for three
/// allocations.
const OVERHEAD: usize = size_of::<Publication>() + 144;

/// A socket that does not get a publication.
#[derive(Clone, Debug)]
pub(crate) struct Except {
    pub(crate) worker: Arc<Worker>,
    pub(crate) key: Key,
    pub(crate) id: SocketId,
}

impl Except {
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            worker: core.worker.clone(),
            key: core.key(),
            id: core.id,
        }
    }
}

/// The sockets that do not get a publication: its sender, and one that the publisher names. They
/// are two different sockets.
#[derive(Clone, Debug)]
pub(crate) struct Excepts([Option<Except>; 2]);

/// The keys of those [`Excepts`] that belong to one worker.
#[derive(Debug, Default)]
pub(super) struct Excepted {
    keys: [Key; 2],
    count: usize,
}

impl Excepts {
    /// `None` without such a socket, as for most publications: they pay nothing for it.
    #[inline]
    pub(crate) fn new(sender: Option<Except>, named: Option<Except>) -> Option<Self> {
        match (&sender, &named) {
            (None, None) => None,
            _ => Some(Self([sender, named])),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Except> {
        self.0.iter().flatten()
    }

    /// Those that belong to a worker.
    pub(super) fn of(&self, worker: &Worker) -> impl Iterator<Item = &Except> {
        self.iter()
            .filter(move |except| std::ptr::eq(&*except.worker, worker))
    }
}

impl FromIterator<Key> for Excepted {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        let mut excepted = Self::default();
        for (place, key) in excepted.keys.iter_mut().zip(keys) {
            *place = key;
            excepted.count += 1;
        }
        excepted
    }
}

impl Deref for Excepted {
    type Target = [Key];

    #[inline]
    fn deref(&self) -> &[Key] {
        self.keys.get(..self.count).unwrap_or_default()
    }
}

/// A message on its way to workers.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(super) topic: SharedName,
    pub(super) frame: SharedFrame,
    pub(super) terms: Terms,
    pub(super) excepts: Option<Excepts>,
}

impl Publication {
    pub(crate) fn new(
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        excepts: Option<&Excepts>,
    ) -> Arc<Self> {
        Arc::new(Self {
            topic: topic.into(),
            frame: SharedFrame::new(frame),
            terms: terms.clone(),
            excepts: excepts.cloned(),
        })
    }

    /// The bytes of memory that the publish takes while it waits.
    pub(crate) fn cost(&self) -> usize {
        let frame = self.frame.as_frame().len();
        // A compressed publish holds two frames: the plain one and the compressed one.
        let frames = frame * (1 + usize::from(self.terms.deflated.is_some()));
        OVERHEAD + self.topic.as_name().text().len() + frames
    }
}
