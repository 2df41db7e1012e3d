//! The segments of a queue that are older than its tail.

use std::mem;

use bytes::Bytes;

use super::{
    SEGMENT, SharedFrame,
    chain::{Chain, Place},
    latest::{Name, Unsent, UnsentMessages},
    spare,
};

/// Whole frames, oldest first. The oldest may have been begun.
#[derive(Debug, Default)]
pub(super) struct Segments {
    chain: Chain<Queued>,
    /// The unsent messages with names. `None` until the first one is queued.
    unsent: Option<Box<UnsentMessages>>,
}

#[derive(Debug)]
struct Queued {
    segment: Segment,
    /// Set while the segment is a message that a later one with this name replaces.
    name: Option<Name>,
}

#[derive(Debug)]
pub(super) enum Segment {
    /// Several small frames.
    Small(Vec<u8>),
    /// A frame that other queues refer to as well.
    Shared(SharedFrame),
}

impl Segments {
    pub(super) fn is_empty(&self) -> bool {
        self.chain.is_empty()
    }

    /// The memory of the messages with names, besides their bytes.
    pub(super) fn overhead(&self) -> usize {
        self.unsent.as_ref().map_or(0, |unsent| unsent.overhead())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Segment> {
        self.chain.iter().map(|queued| &queued.segment)
    }

    /// Appends a segment that no later message replaces.
    pub(super) fn push(&mut self, segment: Segment) {
        let name = None;
        self.chain.push_back(Queued { segment, name });
        if let Some(unsent) = &mut self.unsent {
            unsent.note_ordinary();
        }
    }

    /// Appends a message that a later one with its name replaces.
    pub(super) fn push_latest(&mut self, frame: SharedFrame, name: Name) {
        let place = self.chain.push_back(Queued {
            segment: Segment::Shared(frame),
            name: Some(name),
        });
        self.unsent.get_or_insert_default().insert(name, place);
    }

    /// The message with this name, if it has not been begun.
    pub(super) fn find(&self, name: Name) -> Option<Unsent> {
        let (place, is_followed) = self.unsent.as_ref()?.find(name)?;
        let len = self.chain.get(place)?.segment.len();
        Some(Unsent {
            place,
            len,
            is_followed,
        })
    }

    /// Replaces the frame at a place.
    pub(super) fn replace(&mut self, place: Place, frame: SharedFrame) {
        if let Some(queued) = self.chain.get_mut(place) {
            queued.segment = Segment::Shared(frame);
        }
    }

    /// Removes a message, and joins the segments around it. Otherwise the number of segments for a
    /// given number of bytes would have no limit.
    pub(super) fn remove(&mut self, place: Place) {
        let neighbours = self.chain.neighbours(place);
        if let Some(removed) = self.chain.remove(place) {
            self.forget(removed.name);
        }
        if let Some([before, after]) = neighbours
            && let Some(Segment::Small(first)) = self.chain.get(before).map(|q| &q.segment)
            && let Some(Segment::Small(second)) = self.chain.get(after).map(|q| &q.segment)
            && first.len() + second.len() <= SEGMENT
        {
            self.join(before, after);
        }
    }

    fn join(&mut self, before: Place, after: Place) {
        if let Some(after) = self.chain.remove(after)
            && let Segment::Small(second) = after.segment
            && let Some(before) = self.chain.get_mut(before)
            && let Segment::Small(first) = &mut before.segment
        {
            first.extend_from_slice(&second);
            spare::give(second);
        }
    }

    /// Advances by up to `count` bytes within the oldest segment, and returns by how many.
    /// `written` bytes of it were written before.
    pub(super) fn advance(&mut self, written: &mut usize, count: usize) -> usize {
        let Some(front) = self.chain.front_mut() else {
            return 0;
        };
        let left = front.segment.len() - *written;
        let step = count.min(left);
        if step == left {
            self.end_front(written);
        } else {
            self.begin_front(written, step);
        }
        step
    }

    /// Takes up to `max` bytes of the oldest segment, without copying where possible. `written`
    /// bytes of it were written before.
    pub(super) fn take(&mut self, written: &mut usize, max: usize) -> Option<Bytes> {
        let front = self.chain.front_mut()?;
        let left = front.segment.len() - *written;
        let chunk = front.segment.take(*written, max);
        if chunk.len() == left {
            self.end_front(written);
        } else {
            self.begin_front(written, chunk.len());
        }
        Some(chunk)
    }

    fn end_front(&mut self, written: &mut usize) {
        *written = 0;
        if let Some(queued) = self.chain.pop_front() {
            self.forget(queued.name);
        }
    }

    /// A frame that has been begun must be completed, so no message replaces it any more.
    fn begin_front(&mut self, written: &mut usize, step: usize) {
        *written += step;
        let name = self.chain.front_mut().and_then(|front| front.name.take());
        self.forget(name);
    }

    fn forget(&mut self, name: Option<Name>) {
        if let Some(name) = name
            && let Some(unsent) = &mut self.unsent
        {
            unsent.remove(name);
        }
    }
}

impl Segment {
    /// The two pieces of the segment in memory. The second may be empty.
    pub(super) fn pieces(&self) -> [&[u8]; 2] {
        match self {
            Self::Small(bytes) => [bytes, &[]],
            Self::Shared(frame) => frame.pieces(),
        }
    }

    fn len(&self) -> usize {
        let [first, second] = self.pieces();
        first.len() + second.len()
    }

    /// Takes some bytes behind the first `written`: at least one, and at most `max`. If these are
    /// the last ones, the segment must not be used afterwards.
    fn take(&mut self, written: usize, max: usize) -> Bytes {
        match self {
            Self::Small(bytes) if written == 0 && bytes.len() <= max => mem::take(bytes).into(),
            Self::Small(bytes) => copy(&bytes[written..], max),
            Self::Shared(SharedFrame::Encoded(frame)) => slice(frame, written, max),
            Self::Shared(SharedFrame::Large(header, payload)) => {
                let header = header.as_bytes();
                match written.checked_sub(header.len()) {
                    Some(of_payload) => slice(payload, of_payload, max),
                    None => copy(&header[written..], max),
                }
            }
        }
    }
}

fn copy(bytes: &[u8], max: usize) -> Bytes {
    Bytes::copy_from_slice(&bytes[..bytes.len().min(max)])
}

fn slice(bytes: &Bytes, from: usize, max: usize) -> Bytes {
    bytes.slice(from..from.saturating_add(max).min(bytes.len()))
}
