//! Frames that are delivered together.

use bytes::Bytes;

use super::Frame;
use crate::protocol::message_in;

/// Frames, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// The bytes once more, to be referred to.
    shared: Option<Bytes>,
}

impl Frames {
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes they are.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn get(&self, number: usize) -> &[u8] {
        &self.bytes[self.start_of(number)..self.ends[number]]
    }

    pub(crate) fn push(&mut self, frame: Frame<'_>) {
        frame.write_to(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// Has what follows refer to them, if it takes all of them.
    pub(crate) fn share(&mut self) {
        self.shared
            .get_or_insert_with(|| Bytes::copy_from_slice(&self.bytes));
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.shared = None;
    }

    fn start_of(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

/// Some of the frames, which follow each other: what a subscriber is given at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    frames: &'a Frames,
    /// All of them as they were before some of them were compressed.
    plain: Option<&'a Frames>,
    first: usize,
    /// One behind the last.
    end: usize,
}

impl<'a> Run<'a> {
    /// At least one frame, of the `frames` or, where there are others, of those as they were.
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

    /// Whether there may be compressed ones among them.
    pub(crate) fn is_packed(self) -> bool {
        self.plain.is_some()
    }

    /// All of them at once.
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

    /// Each of them, with its number among all that are delivered together.
    pub(crate) fn each(self, mut each: impl FnMut(usize, Frame<'_>)) {
        for number in self.first..self.end {
            let frame = self.frames.get(number);
            match self.plain {
                // A compressed one is no message as it is.
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
