//! Bytes in the order in which they are to be written.
//!
//! Small frames are copied into the tail. Before the tail is a list of segments: full buffers, and
//! large frames by reference. A message with a key that has to wait is a segment of its own, so
//! that a newer one can replace it.

mod chain;
mod latest;
mod segments;
mod spare;
mod tail;

use std::{io::IoSlice, mem, ops::Range};

use bytes::Bytes;

pub(crate) use self::latest::{Name, Named, Room};
use self::{
    segments::{Segment, Segments},
    tail::Tail,
};
use crate::{
    frame::{Frame, SharedFrame},
    message::SHARE_FROM,
};

/// Small frames are gathered into segments of about this many bytes. Control frames can pass only
/// between two segments, so a control frame waits for at most about as many bytes.
const SEGMENT: usize = 16 << 10;

/// Whole frames. The oldest may have been written in part.
///
/// Most of the time there is little to write and it is written at once. So everything but the tail
/// is boxed, and exists only while it is needed.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The segment that small frames are appended to; younger than all others.
    tail: Tail,
    /// `None` while there is only a tail, of which nothing has been written.
    rest: Option<Box<Rest>>,
}

#[derive(Debug, Default)]
struct Rest {
    /// Bytes of data frames that are not written yet, those of the tail included.
    data: usize,
    /// The bytes of the oldest segment that have been written. While this is not zero, control
    /// frames wait: they must not end up in the middle of another frame.
    written: usize,
    /// Everything but the tail.
    segments: Segments,
    /// Pings and pongs, which pass the data.
    control: Vec<u8>,
    /// The place of the newest answer to a ping in `control`.
    newest_pong: Option<Range<usize>>,
}

impl Rest {
    /// Whether there is nothing to write. A separate, cold function, so that callers that seldom
    /// find a rest are inlined.
    #[cold]
    fn is_empty(&self) -> bool {
        self.data == 0 && self.control.is_empty()
    }
}

impl Queue {
    /// Bytes of all frames that are not written yet.
    pub(super) fn len(&self) -> usize {
        self.data_len() + self.control().len()
    }

    /// Whether there is nothing to write.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        match &self.rest {
            None => self.tail.is_empty(),
            Some(rest) => rest.is_empty(),
        }
    }

    /// Bytes of data frames that are not written yet.
    #[inline]
    pub(super) fn data_len(&self) -> usize {
        match &self.rest {
            None => self.tail.len(),
            Some(rest) => rest.data,
        }
    }

    /// [`Self::data_len`], and the memory of messages with names besides their bytes.
    pub(super) fn held(&self) -> usize {
        let rest = self.rest.as_ref();
        self.data_len() + rest.map_or(0, |rest| rest.segments.overhead())
    }

    #[inline(always)]
    pub(super) fn push(&mut self, frame: Frame<'_>) {
        match frame {
            Frame::Large(header, payload) => {
                self.seal_tail();
                let shared = SharedFrame::Large(header, payload.clone().into());
                self.rest().segments.push(Segment::Shared(shared));
            }
            Frame::Shared(frames) | Frame::Deflated(frames, _) if self.tail.is_empty() => {
                self.tail = Tail::Shared(frames.clone())
            }
            Frame::Shared(frames) | Frame::Deflated(frames, _) if frames.len() >= SHARE_FROM => {
                self.seal_tail();
                self.tail = Tail::Shared(frames.clone());
            }
            Frame::Shared(_) | Frame::Encoded(_) | Frame::Small(..) | Frame::Deflated(..) => {
                if self.tail.len() + frame.len() > SEGMENT {
                    self.seal_tail();
                }
                self.tail.append(frame);
            }
        }
        if let Some(rest) = &mut self.rest {
            rest.data += frame.len();
        }
    }

    /// Queues the last frame. Pings and pongs must not come after it.
    pub(super) fn push_last(&mut self, frame: Frame<'_>) {
        if !self.control().is_empty() {
            // Control frames wait for the end of the segment that has been begun. The last frame
            // must not be a part of that segment.
            self.seal_tail();
        }
        self.push(frame);
    }

    /// Queues a ping or pong; `false` if control frames would then take more than `limit` bytes.
    pub(super) fn push_control(&mut self, frame: &[u8], limit: usize) -> bool {
        let fits = self.control().len() + frame.len() <= limit;
        if fits {
            self.rest().control.extend_from_slice(frame);
        }
        fits
    }

    /// Queues the answer to a ping. If the peer reads fewer answers than it asks for, only the
    /// newest is kept
    /// ([RFC 6455 section 5.5.3](https://www.rfc-editor.org/rfc/rfc6455#section-5.5.3)).
    pub(super) fn push_answer(&mut self, frame: &[u8], limit: usize) {
        let rest = self.rest();
        if rest.control.len() + frame.len() > limit
            && let Some(pong) = rest.newest_pong.take()
        {
            // Control frames behind the replaced answer stay.
            rest.control.drain(pong);
        }
        let start = rest.control.len();
        if self.push_control(frame, limit) {
            self.rest().newest_pong = Some(start..start + frame.len());
        }
    }

    /// Drops everything unwritten, and frees its memory.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// All unwritten bytes, if they are one piece of memory, as they are most of the time.
    #[inline]
    pub(super) fn only_piece(&self) -> Option<&[u8]> {
        self.rest.is_none().then_some(&self.tail)
    }

    /// Fills `slices` with the next bytes to write, and returns how many slices it filled.
    pub(super) fn peek<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        if let Some(piece) = self.only_piece()
            && let [first, ..] = slices
        {
            *first = IoSlice::new(piece);
            return usize::from(!piece.is_empty());
        }
        // A segment that has been begun comes first, then control frames, then all other segments.
        let begun = usize::from(self.written() > 0);
        let pieces = self.pieces(0, begun).chain([self.control()]);
        let pieces = pieces.chain(self.pieces(begun, usize::MAX));
        let mut filled = 0;
        for (slice, piece) in slices
            .iter_mut()
            .zip(pieces.filter(|piece| !piece.is_empty()))
        {
            *slice = IoSlice::new(piece);
            filled += 1;
        }
        filled
    }

    /// The pieces of the segments from `from` up to `to`. The tail is the last segment.
    fn pieces(&self, from: usize, to: usize) -> impl Iterator<Item = &[u8]> {
        let segments = self
            .rest
            .iter()
            .flat_map(|rest| rest.segments.iter())
            .map(Segment::pieces);
        let segments = segments.chain([[&self.tail[..], &[]]]).enumerate();
        segments
            .skip(from)
            .take(to.saturating_sub(from))
            .flat_map(|(i, pieces)| {
                let mut written = if i == 0 { self.written() } else { 0 };
                pieces.map(|piece| {
                    let of_piece = written.min(piece.len());
                    written -= of_piece;
                    &piece[of_piece..]
                })
            })
    }

    /// Removes the first `count` bytes of [`Self::peek`], which have been written.
    pub(super) fn advance(&mut self, mut count: usize) {
        if self.rest.is_none() && count == self.tail.len() {
            self.tail.clear();
            return;
        }
        if self.rest().written > 0 {
            count -= self.advance_data(count);
        }
        if let Some(rest) = &mut self.rest {
            let of_control = count.min(rest.control.len());
            rest.control.drain(..of_control);
            rest.newest_pong = None;
            count -= of_control;
        }
        while count > 0 && self.data_len() > 0 {
            count -= self.advance_data(count);
        }
        if self.is_empty() {
            self.tail.clear();
            self.clear();
        }
    }

    /// Removes up to `count` bytes from the oldest segment, and returns how many.
    fn advance_data(&mut self, count: usize) -> usize {
        self.rest();
        let Self { tail, rest } = self;
        let Some(rest) = rest else {
            return 0;
        };
        let step = match rest.segments.is_empty() {
            false => rest.segments.advance(&mut rest.written, count),
            true => tail.advance(&mut rest.written, count),
        };
        rest.data -= step;
        step
    }

    /// Takes up to about `max` bytes from the front, without copying where possible.
    pub(super) fn take(&mut self, max: usize) -> Option<Bytes> {
        if let Some(rest) = &mut self.rest
            && rest.written == 0
            && !rest.control.is_empty()
        {
            rest.newest_pong = None;
            return Some(mem::take(&mut rest.control).into());
        }
        if self.data_len() == 0 {
            self.clear();
            return None;
        }
        let is_tail = self.rest.as_ref().is_none_or(|r| r.segments.is_empty());
        if is_tail && self.written() == 0 && self.tail.len() <= max {
            let chunk = self.tail.take();
            if let Some(rest) = &mut self.rest {
                rest.data -= chunk.len();
            }
            return Some(chunk);
        }
        if is_tail {
            self.seal_tail();
        }
        let rest = self.rest();
        let chunk = rest.segments.take(&mut rest.written, max)?;
        rest.data -= chunk.len();
        Some(chunk)
    }

    /// The bytes of the oldest segment that have been written.
    fn written(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| rest.written)
    }

    fn control(&self) -> &[u8] {
        self.rest.as_ref().map_or(&[], |rest| &rest.control)
    }

    /// Everything but the tail. To be called before the tail changes.
    fn rest(&mut self) -> &mut Rest {
        let Self { tail, rest } = self;
        rest.get_or_insert_with(|| {
            Box::new(Rest {
                data: tail.len(),
                ..Rest::default()
            })
        })
    }

    /// Ends the current tail, so that the next frame starts a segment of its own.
    #[inline(never)]
    fn seal_tail(&mut self) {
        if !self.tail.is_empty() {
            self.rest();
            let sealed = self.tail.seal();
            self.rest().segments.push(sealed);
        }
    }
}

#[cfg(test)]
mod tests;
