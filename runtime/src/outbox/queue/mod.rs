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
    /// Bytes of data frames that are not written yet.
    data: usize,
    /// The bytes of the oldest segment that have been written. While this is not zero, control
    /// frames wait: they must not end up in the middle of another frame.
    written: usize,
    rest: Option<Box<Rest>>,
}

#[derive(Debug, Default)]
struct Rest {
    /// Everything but the tail.
    segments: Segments,
    /// Pings and pongs, which pass the data.
    control: Vec<u8>,
    /// The place of the newest answer to a ping in `control`.
    newest_pong: Option<Range<usize>>,
}

impl Queue {
    /// Bytes of all frames that are not written yet.
    pub(super) fn len(&self) -> usize {
        self.data + self.control().len()
    }

    /// Bytes of data frames that are not written yet.
    pub(super) fn data_len(&self) -> usize {
        self.data
    }

    /// [`Self::data_len`], and the memory of messages with names besides their bytes.
    pub(super) fn held(&self) -> usize {
        let rest = self.rest.as_ref();
        self.data + rest.map_or(0, |rest| rest.segments.overhead())
    }

    #[inline(always)]
    pub(super) fn push(&mut self, frame: Frame<'_>) {
        self.data += frame.len();
        match frame {
            Frame::Large(header, payload) => {
                self.seal_tail();
                let frame = SharedFrame::Large(header, payload.clone().into());
                self.rest().segments.push(Segment::Shared(frame));
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
        self.rest.is_none().then(|| &self.tail[self.written..])
    }

    /// Fills `slices` with the next bytes to write, and returns how many slices it filled.
    pub(super) fn peek<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        if let Some(piece) = self.only_piece()
            && let [first, ..] = slices
        {
            *first = IoSlice::new(piece);
            return usize::from(self.data > 0);
        }
        // A segment that has been begun comes first, then control frames, then all other segments.
        let begun = usize::from(self.written > 0);
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
                let mut written = if i == 0 { self.written } else { 0 };
                pieces.map(|piece| {
                    let of_piece = written.min(piece.len());
                    written -= of_piece;
                    &piece[of_piece..]
                })
            })
    }

    /// Removes the first `count` bytes of [`Self::peek`], which have been written.
    pub(super) fn advance(&mut self, mut count: usize) {
        if self.rest.is_none() && count == self.data {
            self.data = 0;
            self.written = 0;
            self.tail.clear();
            return;
        }
        if self.written > 0 {
            count -= self.advance_data(count);
        }
        if let Some(rest) = &mut self.rest {
            let of_control = count.min(rest.control.len());
            rest.control.drain(..of_control);
            rest.newest_pong = None;
            count -= of_control;
        }
        while count > 0 && self.data > 0 {
            count -= self.advance_data(count);
        }
        if self.len() == 0 {
            self.tail.clear();
            self.clear();
        }
    }

    /// Removes up to `count` bytes from the oldest segment, and returns how many.
    fn advance_data(&mut self, count: usize) -> usize {
        let step = match &mut self.rest {
            Some(rest) if !rest.segments.is_empty() => {
                rest.segments.advance(&mut self.written, count)
            }
            _ => self.advance_tail(count),
        };
        self.data -= step;
        step
    }

    fn advance_tail(&mut self, count: usize) -> usize {
        let step = count.min(self.tail.len() - self.written);
        self.written += step;
        if self.written == self.tail.len() {
            self.written = 0;
            self.tail.clear();
        }
        step
    }

    /// Takes up to about `max` bytes from the front, without copying where possible.
    pub(super) fn take(&mut self, max: usize) -> Option<Bytes> {
        if self.written == 0
            && let Some(rest) = &mut self.rest
            && !rest.control.is_empty()
        {
            rest.newest_pong = None;
            return Some(mem::take(&mut rest.control).into());
        }
        if self.data == 0 {
            self.clear();
            return None;
        }
        let is_tail = self.rest.as_ref().is_none_or(|r| r.segments.is_empty());
        let chunk = if is_tail && self.written == 0 && self.tail.len() <= max {
            self.tail.take()
        } else {
            if is_tail {
                self.seal_tail();
            }
            let rest = self.rest.get_or_insert_default();
            rest.segments.take(&mut self.written, max)?
        };
        self.data -= chunk.len();
        Some(chunk)
    }

    fn control(&self) -> &[u8] {
        self.rest.as_ref().map_or(&[], |rest| &rest.control)
    }

    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }

    /// Ends the current tail, so that the next frame starts a segment of its own.
    #[inline(never)]
    fn seal_tail(&mut self) {
        if !self.tail.is_empty() {
            let sealed = self.tail.seal();
            self.rest().segments.push(sealed);
        }
    }
}

#[cfg(test)]
mod tests;
