//! The youngest bytes of a queue.

use std::{mem, ops::Deref};

use bytes::Bytes;

use super::{Frame, Segment, SharedFrame, spare};
use crate::message::SHARE_FROM;

/// Whole frames that others may yet join.
///
/// Most queues are written as soon as something is in them. What has been published to many is then
/// referred to by all of them, and copied by none.
#[derive(Debug)]
pub(super) enum Tail {
    Own(Vec<u8>),
    Shared(Bytes),
}

impl Default for Tail {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl Deref for Tail {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(frames) => frames,
            Self::Shared(frames) => frames,
        }
    }
}

impl Tail {
    pub(super) fn append(&mut self, frame: Frame<'_>) {
        if let Self::Own(own) = self
            && own.capacity() > 0
        {
            frame.write_to(own);
            return;
        }
        let mut own = match mem::take(self) {
            Self::Own(_) => spare::take(),
            shared => shared.into_own(),
        };
        frame.write_to(&mut own);
        *self = Self::Own(own);
    }

    /// Ends it: what comes next starts a segment of its own.
    pub(super) fn seal(&mut self) -> Segment {
        match mem::take(self) {
            Self::Shared(shared) if shared.len() >= SHARE_FROM => {
                Segment::Shared(SharedFrame::Encoded(shared))
            }
            // Copied, so that small segments can be joined.
            tail => {
                let mut own = tail.into_own();
                // It will wait, and may be a few bytes, for each of many names.
                own.shrink_to_fit();
                Segment::Small(own)
            }
        }
    }

    /// All of it, without a copy.
    pub(super) fn take(&mut self) -> Bytes {
        match mem::take(self) {
            Self::Own(own) => own.into(),
            Self::Shared(shared) => shared,
        }
    }

    fn into_own(self) -> Vec<u8> {
        match self {
            Self::Own(own) => own,
            Self::Shared(shared) => {
                let mut own = spare::take();
                own.extend_from_slice(&shared);
                own
            }
        }
    }

    /// Everything has been written.
    pub(super) fn clear(&mut self) {
        if let Self::Own(own) = mem::take(self) {
            spare::give(own);
        }
    }
}
