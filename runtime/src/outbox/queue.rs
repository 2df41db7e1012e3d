//! Bytes in the order in which they are to be written.

use std::{collections::VecDeque, io::IoSlice, mem};

use bytes::Bytes;

use crate::{
    message::{Kind, Message, Outgoing, Payload, SHARE_FROM},
    protocol::{Header, message_in},
};

/// Small frames are gathered into segments of about this many bytes. Control frames pass between
/// segments, so this is also how many bytes one may have to wait for.
const SEGMENT: usize = 16 << 10;

/// A frame on its way into a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Frame<'a> {
    /// A whole frame, encoded once for many queues.
    Encoded(&'a [u8]),
    /// A frame that is cheaper to copy than to count references to.
    Small(Header, &'a [u8]),
    /// A frame whose payload is queued by reference.
    Large(Header, &'a Bytes),
}

impl Frame<'_> {
    /// Makes a frame of a message, for however many queues.
    pub(crate) fn of<R>(message: &Outgoing<'_>, queue: impl FnOnce(Frame<'_>) -> R) -> R {
        let payload = message.payload.as_bytes();
        let header = Header::new(message.kind.into(), false, payload.len());
        match message.payload {
            _ if payload.len() < SHARE_FROM => queue(Frame::Small(header, payload)),
            Payload::Shared(bytes) => queue(Frame::Large(header, bytes)),
            Payload::Borrowed(bytes) => queue(Frame::Large(header, &bytes.to_vec().into())),
        }
    }

    /// The message that it carries; `None` for a control frame.
    pub(crate) fn message(&self) -> Option<(Kind, &[u8])> {
        match self {
            Self::Encoded(frame) => message_in(frame),
            Self::Small(header, payload) => Some((header.kind()?, payload)),
            Self::Large(header, payload) => Some((header.kind()?, payload)),
        }
    }

    /// The message that it carries, to keep. Shares the payload if that is shared already.
    pub(crate) fn to_message(self) -> Option<Message> {
        let (kind, payload) = self.message()?;
        let payload = match self {
            Self::Large(_, payload) => payload.clone(),
            Self::Encoded(_) | Self::Small(..) => Bytes::copy_from_slice(payload),
        };
        Message::new(kind, payload)
    }

    /// Appends what it looks like on the wire.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Encoded(frame) => out.extend_from_slice(frame),
            Self::Small(header, payload) => {
                out.extend_from_slice(header.as_bytes());
                out.extend_from_slice(payload);
            }
            Self::Large(header, payload) => {
                out.extend_from_slice(header.as_bytes());
                out.extend_from_slice(payload);
            }
        }
    }

    /// Bytes on the wire.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Encoded(frame) => frame.len(),
            Self::Small(header, payload) => header.as_bytes().len() + payload.len(),
            Self::Large(header, payload) => header.as_bytes().len() + payload.len(),
        }
    }
}

/// Whole frames, of which the oldest may have been written in part.
///
/// Most of the time there is little to write and it is written at once, so all but the tail is kept
/// elsewhere, and only while it is needed.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The segment that small frames are appended to; younger than all others.
    tail: Vec<u8>,
    /// Bytes of data frames that are not yet written.
    data: usize,
    /// How much of the oldest segment has been written. While this is not zero, control frames
    /// wait: they must not end up in the middle of another frame.
    written: usize,
    rest: Option<Box<Rest>>,
}

#[derive(Debug, Default)]
struct Rest {
    /// Full segments and large frames, oldest first.
    segments: VecDeque<Segment>,
    /// Pings and pongs, which pass the data.
    control: Vec<u8>,
    /// Where in `control` the newest pong starts.
    newest_pong: Option<usize>,
}

#[derive(Debug)]
enum Segment {
    Small(Vec<u8>),
    Large(Header, Bytes),
}

impl Segment {
    /// The two pieces in which it lies in memory; the second may be empty.
    fn pieces(&self) -> [&[u8]; 2] {
        match self {
            Self::Small(bytes) => [bytes, &[]],
            Self::Large(header, payload) => [header.as_bytes(), payload],
        }
    }

    /// The two pieces of what is left after `written` bytes; either may be empty.
    fn rest(&self, written: usize) -> [&[u8]; 2] {
        let [first, second] = self.pieces();
        let of_first = written.min(first.len());
        [&first[of_first..], &second[written - of_first..]]
    }

    fn len(&self) -> usize {
        let [first, second] = self.pieces();
        first.len() + second.len()
    }
}

impl Queue {
    /// Bytes of everything not yet written.
    pub(super) fn len(&self) -> usize {
        self.data + self.control().len()
    }

    /// Bytes of data frames not yet written.
    pub(super) fn data_len(&self) -> usize {
        self.data
    }

    pub(super) fn push(&mut self, frame: Frame<'_>) {
        self.data += frame.len();
        match frame {
            Frame::Large(header, payload) => {
                self.seal_tail();
                self.rest()
                    .segments
                    .push_back(Segment::Large(header, payload.clone()));
            }
            Frame::Encoded(_) | Frame::Small(..) => {
                self.make_room(frame.len());
                frame.write_to(&mut self.tail);
            }
        }
    }

    /// Queues a ping or pong; `false` if that would be more than `limit` bytes of them.
    pub(super) fn push_control(&mut self, frame: &[u8], limit: usize) -> bool {
        let fits = self.control().len() + frame.len() <= limit;
        if fits {
            self.rest().control.extend_from_slice(frame);
        }
        fits
    }

    /// Queues the answer to a ping. Of more answers than the peer reads only the newest is kept
    /// ([RFC 6455 section 5.5.3](https://www.rfc-editor.org/rfc/rfc6455#section-5.5.3)).
    pub(super) fn push_answer(&mut self, frame: &[u8], limit: usize) {
        let rest = self.rest();
        if rest.control.len() + frame.len() > limit
            && let Some(start) = rest.newest_pong
        {
            rest.control.truncate(start);
        }
        let start = rest.control.len();
        if self.push_control(frame, limit) {
            self.rest().newest_pong = Some(start);
        }
    }

    /// Forgets everything unwritten, and the memory it took.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Fills `slices` with what is to be written next, and returns how many it filled.
    pub(super) fn peek<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        // What has been begun comes first, then control frames, then the rest.
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

    /// The pieces of the segments from `from` up to `to`, the tail being the last segment.
    fn pieces(&self, from: usize, to: usize) -> impl Iterator<Item = &[u8]> {
        let segments = self
            .rest
            .iter()
            .flat_map(|rest| &rest.segments)
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

    /// Forgets the first `count` bytes of what [`Self::peek`] gave: they have been written.
    pub(super) fn advance(&mut self, mut count: usize) {
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
            spare::give(mem::take(&mut self.tail));
            self.clear();
        }
    }

    /// Advances within the oldest segment, and returns by how much.
    fn advance_data(&mut self, count: usize) -> usize {
        let segments = self.rest.as_mut().map(|rest| &mut rest.segments);
        let segments = segments.filter(|segments| !segments.is_empty());
        let len = match &segments {
            Some(segments) => segments.front().map_or(0, Segment::len),
            None => self.tail.len(),
        };
        let step = count.min(len - self.written);
        self.written += step;
        self.data -= step;
        if self.written == len {
            self.written = 0;
            match segments {
                Some(segments) => _ = segments.pop_front(),
                None => self.tail.clear(),
            }
        }
        step
    }

    /// Takes up to about `max` bytes off the front, without copying where possible.
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
        let segment = self
            .rest
            .as_mut()
            .and_then(|rest| rest.segments.pop_front());
        let segment = segment.unwrap_or_else(|| Segment::Small(mem::take(&mut self.tail)));
        let chunk = match segment {
            Segment::Small(bytes) if self.written == 0 && bytes.len() <= max => bytes.into(),
            segment => self.take_from(segment, max),
        };
        self.data -= chunk.len();
        Some(chunk)
    }

    fn take_from(&mut self, segment: Segment, max: usize) -> Bytes {
        let [first, second] = segment.rest(self.written);
        let chunk = match &segment {
            Segment::Large(_, payload) if first.is_empty() => {
                payload.slice_ref(&second[..second.len().min(max)])
            }
            _ => Bytes::copy_from_slice(&first[..first.len().min(max)]),
        };
        self.written += chunk.len();
        if self.written < segment.len() {
            self.rest().segments.push_front(segment);
        } else {
            self.written = 0;
        }
        chunk
    }

    fn control(&self) -> &[u8] {
        self.rest.as_ref().map_or(&[], |rest| &rest.control)
    }

    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }

    /// Ends the current tail, so that what comes next starts a segment of its own.
    fn seal_tail(&mut self) {
        if !self.tail.is_empty() {
            let tail = mem::take(&mut self.tail);
            self.rest().segments.push_back(Segment::Small(tail));
        }
    }

    fn make_room(&mut self, len: usize) {
        if self.tail.len() + len > SEGMENT {
            self.seal_tail();
        }
        if self.tail.capacity() == 0 {
            self.tail = spare::take();
        }
    }
}

/// Empty buffers of this thread, for the next queue that has something to write. A publish to many
/// fills a buffer for each, and all are empty again a moment later.
mod spare {
    use std::cell::RefCell;

    /// How many buffers are kept, and how large they may be: 2 MiB for each thread.
    const MOST_BUFFERS: usize = 1024;
    const MOST_BYTES: usize = 2048;

    thread_local! {
        static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn take() -> Vec<u8> {
        // A message may be sent while the thread's own data are being dropped.
        let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
        spare.ok().flatten().unwrap_or_default()
    }

    pub(super) fn give(mut buffer: Vec<u8>) {
        if buffer.capacity() == 0 || buffer.capacity() > MOST_BYTES {
            return;
        }
        buffer.clear();
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < MOST_BUFFERS {
                spare.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests;
