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

/// The socket that does not get a publish: most often the sender.
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

/// A message on its way to workers.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(super) topic: SharedName,
    pub(super) frame: SharedFrame,
    pub(super) terms: Terms,
    pub(super) except: Option<Except>,
}

impl Publication {
    pub(crate) fn new(
        topic: Name<'_>,
        frame: Frame<'_>,
        terms: &Terms,
        except: Option<&Except>,
    ) -> Arc<Self> {
        Arc::new(Self {
            topic: topic.into(),
            frame: SharedFrame::new(frame),
            terms: terms.clone(),
            except: except.cloned(),
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
