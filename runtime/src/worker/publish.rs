//! A published message on its way to workers.

use std::{mem::size_of, sync::Arc};

use super::{Core, SocketId, Worker};
use crate::{
    frame::{Frame, SharedFrame},
    outbox::Terms,
    topics::{Key, Name, SharedName},
};

/// What a publish that waits takes besides its frame, its topic and its terms: itself, its places in
/// two lists, and what the allocator and reference counts take for each of three allocations.
const OVERHEAD: usize = size_of::<Publish>() + 144;

/// The socket that a publish leaves out: most often its own sender.
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
pub(crate) struct Publish {
    pub(super) topic: SharedName,
    pub(super) frame: SharedFrame,
    pub(super) terms: Terms,
    pub(super) except: Option<Except>,
}

impl Publish {
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

    /// Bytes of memory that it takes while it waits.
    pub(crate) fn cost(&self) -> usize {
        let frame = self.frame.as_frame().len();
        // There is a second frame from when it has been compressed.
        let frames = frame * (1 + usize::from(self.terms.deflated.is_some()));
        OVERHEAD + self.topic.as_name().text().len() + frames
    }
}
