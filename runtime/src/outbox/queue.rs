//! Bytes in the order in which they are to be written.

use std::{collections::VecDeque, mem};

use bytes::Bytes;

use crate::protocol::Header;

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
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Full segments and large frames, oldest first.
    segments: VecDeque<Segment>,
    /// The segment that small frames are appended to; younger than all of `segments`.
    tail: Vec<u8>,
    /// How much of the oldest segment has been written. While this is not zero, control frames
    /// wait: they must not end up in the middle of another frame.
    written: usize,
    /// Bytes in `segments` and `tail` that are not yet written.
    data: usize,
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
    /// The two pieces of what is left after `written` bytes; either may be empty.
    fn rest(&self, written: usize) -> [&[u8]; 2] {
        match self {
            Self::Small(bytes) => [&bytes[written..], &[]],
            Self::Large(header, payload) => {
                let header = header.as_bytes();
                let of_header = written.min(header.len());
                [&header[of_header..], &payload[written - of_header..]]
            }
        }
    }

    fn len(&self) -> usize {
        let [first, second] = self.rest(0);
        first.len() + second.len()
    }
}

impl Queue {
    /// Bytes of everything not yet written.
    pub(super) fn len(&self) -> usize {
        self.data + self.control.len()
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
                self.segments
                    .push_back(Segment::Large(header, payload.clone()));
            }
            Frame::Encoded(bytes) => {
                self.make_room(bytes.len());
                self.tail.extend_from_slice(bytes);
            }
            Frame::Small(header, payload) => {
                self.make_room(frame.len());
                self.tail.extend_from_slice(header.as_bytes());
                self.tail.extend_from_slice(payload);
            }
        }
    }

    /// Queues a ping or pong; `false` if that would be more than `limit` bytes of them.
    pub(super) fn push_control(&mut self, frame: &[u8], limit: usize) -> bool {
        if self.control.len() + frame.len() > limit {
            return false;
        }
        self.control.extend_from_slice(frame);
        true
    }

    /// Queues the answer to a ping. Of more answers than the peer reads only the newest is kept
    /// ([RFC 6455 section 5.5.3](https://www.rfc-editor.org/rfc/rfc6455#section-5.5.3)).
    pub(super) fn push_answer(&mut self, frame: &[u8], limit: usize) {
        if self.control.len() + frame.len() > limit
            && let Some(start) = self.newest_pong
        {
            self.control.truncate(start);
        }
        let start = self.control.len();
        if self.push_control(frame, limit) {
            self.newest_pong = Some(start);
        }
    }

    /// Forgets everything unwritten.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes up to about `max` bytes off the front, without copying where possible.
    pub(super) fn take(&mut self, max: usize) -> Option<Bytes> {
        if self.written == 0 && !self.control.is_empty() {
            self.newest_pong = None;
            return Some(mem::take(&mut self.control).into());
        }
        if self.segments.is_empty() {
            if self.tail.is_empty() {
                return None;
            }
            self.seal_tail();
        }
        let chunk = match self.segments.pop_front()? {
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
            self.segments.push_front(segment);
        } else {
            self.written = 0;
        }
        chunk
    }

    /// Ends the current tail, so that what comes next starts a segment of its own.
    fn seal_tail(&mut self) {
        if !self.tail.is_empty() {
            self.segments
                .push_back(Segment::Small(mem::take(&mut self.tail)));
        }
    }

    fn make_room(&mut self, len: usize) {
        if self.tail.len() + len > SEGMENT {
            self.seal_tail();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Opcode;

    fn small(queue: &mut Queue, payload: &[u8]) {
        queue.push(Frame::Small(
            Header::new(Opcode::Binary, false, payload.len()),
            payload,
        ));
    }

    fn drain(queue: &mut Queue, max: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(chunk) = queue.take(max) {
            assert!(!chunk.is_empty());
            all.extend_from_slice(&chunk);
        }
        assert_eq!(queue.len(), 0);
        all
    }

    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut frame = Header::new(Opcode::Binary, false, payload.len())
            .as_bytes()
            .to_vec();
        frame.extend_from_slice(payload);
        frame
    }

    #[test]
    fn bytes_come_out_in_the_order_they_went_in_whatever_the_size_of_a_take() {
        for max in [1, 2, 7, 100, 5_000, 1 << 20] {
            let mut queue = Queue::default();
            let mut expected = Vec::new();
            for (i, size) in [0, 1, 125, 126, 4096, 70_000, 3, 20_000, 1]
                .into_iter()
                .enumerate()
            {
                let payload = vec![i as u8; size];
                if size >= 4096 {
                    let header = Header::new(Opcode::Binary, false, size);
                    queue.push(Frame::Large(header, &payload.clone().into()));
                } else {
                    small(&mut queue, &payload);
                }
                expected.extend(frame(&payload));
            }
            assert_eq!(queue.len(), expected.len());
            assert_eq!(drain(&mut queue, max), expected);
        }
    }

    #[test]
    fn a_large_payload_is_not_copied() {
        let payload = Bytes::from(vec![7; 100_000]);
        let mut queue = Queue::default();
        queue.push(Frame::Large(
            Header::new(Opcode::Binary, false, payload.len()),
            &payload,
        ));
        let header = queue.take(1 << 20).unwrap();
        assert_eq!(header.len(), 10);
        assert_eq!(queue.take(1 << 20).unwrap().as_ptr(), payload.as_ptr());
    }

    #[test]
    fn control_frames_pass_data_but_never_split_a_frame() {
        let mut queue = Queue::default();
        for _ in 0..3 {
            small(&mut queue, &[1; 10_000]);
        }
        assert_eq!(queue.take(100).unwrap().len(), 100);
        assert!(queue.push_control(b"PING", 100));
        let rest = drain(&mut queue, 1 << 20);
        let whole = frame(&[1; 10_000]).len();
        let at = rest.windows(4).position(|bytes| bytes == b"PING").unwrap();
        assert_eq!(
            at,
            whole - 100,
            "right behind the frame that had been begun"
        );
    }

    #[test]
    fn control_frames_are_bounded_and_the_newest_answer_stays() {
        let mut queue = Queue::default();
        assert!(queue.push_control(b"12345", 10));
        queue.push_answer(b"pong1", 10);
        queue.push_answer(b"pong2", 10);
        assert!(!queue.push_control(b"x", 10));
        assert_eq!(drain(&mut queue, 100), b"12345pong2");
        queue.push_answer(b"pong3", 10);
        assert_eq!(drain(&mut queue, 100), b"pong3");
    }
}
