//! A published message on its way to workers.

use std::{mem::size_of, sync::Arc};

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
#[derive(Clone, Debug, Default)]
pub(crate) struct Excepts([Option<Except>; 2]);

/// The [`Excepts`] that belong to one worker.
pub(super) type OwnExcepts<'a> = [Option<&'a Except>; 2];

impl Excepts {
    pub(crate) fn new(sender: Option<Except>, named: Option<Except>) -> Self {
        Self([sender, named])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Except> {
        self.0.iter().flatten()
    }

    /// Those that belong to a worker.
    #[inline]
    pub(super) fn of(&self, worker: &Worker) -> OwnExcepts<'_> {
        let is_own = |except: &&Except| std::ptr::eq(&*except.worker, worker);
        self.0.each_ref().map(|it| it.as_ref().filter(is_own))
    }
}

/// A message on its way to workers.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(super) topic: SharedName,
    pub(super) frame: SharedFrame,
    pub(super) terms: Terms,
    pub(super) excepts: Excepts,
}

impl Publication {
    pub(crate) fn new(
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        excepts: &Excepts,
    ) -> Arc<Self> {
        Arc::new(Self {
            topic: topic.into(),
            frame: SharedFrame::new(frame),
            terms: terms.clone(),
            excepts: excepts.clone(),
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
