//! Frames that are delivered together.

use bytes::Bytes;

use super::Frame;
use crate::{
    protocol::{message_in, payload_len_of},
    stats::Traffic,
};

/// Several frames, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    /// The end of each frame in `bytes`.
    ends: Vec<usize>,
    /// The bytes of the payloads in plain frames.
    payloads: usize,
    /// A copy of the bytes that queues can refer to.
    shared: Option<Bytes>,
}

impl Frames {
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of frames.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The messages in all frames, which are plain.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            messages: self.ends.len() as u64,
            bytes: self.payloads as u64,
        }
    }

    /// The message in a plain frame.
    pub(crate) fn traffic_of(&self, number: usize) -> Traffic {
        Traffic::of(payload_len_of(self.get(number).len()))
    }

    /// The number of bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn get(&self, number: usize) -> &[u8] {
        &self.bytes[self.start_of(number)..self.ends[number]]
    }

    pub(crate) fn push(&mut self, frame: Frame<'_>) {
        frame.write_to(&mut self.bytes);
        self.ends.push(self.bytes.len());
        self.payloads += frame.payload_len();
    }

    /// Makes a shared copy. A [`Run`] of all frames then refers to it.
    pub(crate) fn share(&mut self) {
        self.shared
            .get_or_insert_with(|| Bytes::copy_from_slice(&self.bytes));
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.payloads = 0;
        self.shared = None;
    }

    fn start_of(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

/// A part of the frames without a gap: those that a subscriber gets at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    frames: &'a Frames,
    /// All frames in plain form, if `frames` has compressed ones.
    plain: Option<&'a Frames>,
    first: usize,
    /// The number behind the last frame.
    end: usize,
}

impl<'a> Run<'a> {
    /// At least one frame of `frames`. If those include compressed frames, `plain` has all frames
    /// in plain form.
    pub(crate) fn new(
        frames: &'a Frames,
        plain: Option<&'a Frames>,
        first: usize,
        end: usize,
    ) -> Self {
        Self {
            frames,
            plain,
            first,
            end,
        }
    }

    /// Whether some of the frames may be compressed.
    pub(crate) fn is_packed(self) -> bool {
        self.plain.is_some()
    }

    /// All frames of the run in one piece.
    pub(crate) fn whole(self) -> Frame<'a> {
        let is_all = self.end - self.first == self.frames.count();
        match &self.frames.shared {
            Some(shared) if is_all => Frame::Shared(shared),
            _ => Frame::Encoded(
                &self.frames.bytes
                    [self.frames.start_of(self.first)..self.frames.ends[self.end - 1]],
            ),
        }
    }

    /// The messages of the run, in plain form.
    pub(crate) fn traffic(self) -> Traffic {
        let plain = self.plain.unwrap_or(self.frames);
        if self.end - self.first == plain.count() {
            return plain.traffic();
        }
        let mut traffic = Traffic::default();
        for number in self.first..self.end {
            traffic += plain.traffic_of(number);
        }
        traffic
    }

    /// Calls `each` for every frame, with its number among all frames that are delivered together.
    pub(crate) fn each(self, mut each: impl FnMut(usize, Frame<'_>)) {
        for number in self.first..self.end {
            let frame = self.frames.get(number);
            match self.plain {
                // A compressed frame alone does not tell its message.
                Some(plain) if message_in(frame).is_none() => {
                    let plain = Frame::Encoded(plain.get(number));
                    each(
                        number,
                        Frame::Deflated(&Bytes::copy_from_slice(frame), &plain),
                    );
                }
                _ => each(number, Frame::Encoded(frame)),
            }
        }
    }
}
