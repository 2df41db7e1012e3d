//! The newest bytes of a queue.

use std::{mem, ops::Deref};

use bytes::Bytes;

use super::{Frame, Segment, SharedFrame, spare};
use crate::message::SHARE_FROM;

/// Whole frames, to which more can be appended.
///
/// Most queues are written as soon as they have something. So the queues of many subscribers refer
/// to the same published frames, and none copies them.
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
    #[inline]
    pub(super) fn append(&mut self, frame: Frame<'_>) {
        if let Self::Own(own) = self
            && own.capacity() > 0
        {
            frame.write_to(own);
        } else {
            self.append_first(frame);
        }
    }

    /// Appends to a tail without a buffer of its own.
    #[inline(never)]
    fn append_first(&mut self, frame: Frame<'_>) {
        let mut own = match mem::take(self) {
            Self::Own(_) => spare::take(),
            shared => shared.into_own(),
        };
        frame.write_to(&mut own);
        *self = Self::Own(own);
    }

    /// Ends the tail: the next frame starts a segment of its own.
    pub(super) fn seal(&mut self) -> Segment {
        match mem::take(self) {
            Self::Shared(shared) if shared.len() >= SHARE_FROM => {
                Segment::Shared(SharedFrame::Encoded(shared))
            }
            // Copied, so that small segments can be joined later.
            tail => {
                let mut own = tail.into_own();
                // The segment will wait, and each of many names may have one of a few bytes.
                own.shrink_to_fit();
                Segment::Small(own)
            }
        }
    }

    /// Advances by up to `count` bytes, and returns by how many. `written` bytes were written before.
    pub(super) fn advance(&mut self, written: &mut usize, count: usize) -> usize {
        let step = count.min(self.len() - *written);
        *written += step;
        if *written == self.len() {
            *written = 0;
            self.clear();
        }
        step
    }

    /// Takes all bytes without a copy.
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

    /// Called when all bytes have been written.
    pub(super) fn clear(&mut self) {
        if let Self::Own(own) = mem::take(self) {
            spare::give(own);
        }
    }
}
