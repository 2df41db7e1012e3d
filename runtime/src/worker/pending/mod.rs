//! Publishes to one topic that have yet to be delivered.
//!
//! Some of them may be compressed. Then the frames exist several times: plain, and once for each
//! range of lengths that subscribers take compressed, which depends on the setting
//! `compression_threshold` and on the window of the peer.

use std::ops::RangeInclusive;

use crate::{
    compression::Deflated,
    frame::{Frame, Frames, Run},
    topics::{Key, Name},
};

/// More than this is not gathered; it is about what a segment of an outbox holds.
const MOST_BYTES: usize = 16 << 10;

/// Nor are more frames than this, of which each takes something besides its bytes.
const MOST_FRAMES: usize = 2048;

/// Small frames published to the same topic one after the other.
///
/// They are delivered together, so that a subscriber's outbox is locked and looked up once for all
/// of them, and gets them in one copy. Whoever could tell the difference has them delivered first:
/// a publish to another topic, a message to one socket, a change of subscriptions.
#[derive(Debug, Default)]
pub(super) struct Pending {
    topic: String,
    /// Of the topic.
    hash: u64,
    plain: Frames,
    /// Which of them are to be compressed for those who take them so, in their order.
    deflated: Vec<(usize, Deflated)>,
    /// Which socket is not to get which frame, as its sender.
    excepted: Vec<(Key, usize)>,
    packed: Vec<Packed>,
    /// Whether it is worth it to have subscribers refer to the frames.
    is_for_many: bool,
}

/// The frames as some subscribers get them, who take messages of these lengths compressed.
#[derive(Debug)]
struct Packed {
    lengths: RangeInclusive<usize>,
    /// `None` if all are plain all the same.
    frames: Option<Frames>,
}

/// In which form a subscriber gets the frames.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Plain,
    /// In the one of this number.
    Packed(usize),
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// How many bytes the frames are.
    pub(super) fn len(&self) -> usize {
        self.plain.len()
    }

    pub(super) fn topic(&self) -> Name<'_> {
        Name::of(&self.topic, self.hash)
    }

    /// Whether a frame of so many bytes to this topic may join what is there.
    pub(super) fn admits(&self, topic: Name<'_>, len: usize) -> bool {
        self.is_empty()
            || (self.topic() == topic
                && self.plain.len() + len <= MOST_BYTES
                && self.plain.count() < MOST_FRAMES)
    }

    pub(super) fn push(
        &mut self,
        topic: Name<'_>,
        frame: Frame<'_>,
        deflated: Option<&Deflated>,
        except: Option<Key>,
    ) {
        if self.is_empty() {
            self.topic.clear();
            self.topic.push_str(topic.text());
            self.hash = topic.hash();
        }
        let number = self.plain.count();
        if let Some(deflated) = deflated {
            self.deflated.push((number, deflated.clone()));
        }
        if let Some(key) = except {
            self.excepted.push((key, number));
        }
        self.plain.push(frame);
    }

    /// To be called before [`Self::runs_for`], with how many times that will be.
    pub(super) fn prepare(&mut self, subscribers: usize) {
        self.excepted.sort_unstable();
        self.is_for_many = subscribers > 1;
        if self.is_for_many {
            self.plain.share();
        }
    }

    /// The form for a subscriber who takes messages of the lengths that `taken` tells compressed.
    pub(super) fn form_for(
        &mut self,
        taken: impl FnOnce() -> Option<RangeInclusive<usize>>,
    ) -> Form {
        if self.deflated.is_empty() {
            return Form::Plain;
        }
        let Some(lengths) = taken() else {
            return Form::Plain;
        };
        let known = self.packed.iter().position(|it| it.lengths == lengths);
        let number = known.unwrap_or_else(|| {
            let frames = self.pack(&lengths);
            self.packed.push(Packed { lengths, frames });
            self.packed.len() - 1
        });
        match self.packed[number].frames {
            Some(_) => Form::Packed(number),
            None => Form::Plain,
        }
    }

    /// The frames, with messages of these lengths compressed; `None` if that changes none.
    fn pack(&self, lengths: &RangeInclusive<usize>) -> Option<Frames> {
        let mut frames = Frames::default();
        let mut is_changed = false;
        let mut deflated = self.deflated.iter().peekable();
        for number in 0..self.plain.count() {
            let plain = Frame::Encoded(self.plain.get(number));
            let packed = deflated
                .next_if(|(of, _)| *of == number)
                .filter(|_| {
                    let message = plain.message();
                    message.is_some_and(|(_, message)| lengths.contains(&message.len()))
                })
                .and_then(|(_, deflated)| deflated.frame(&plain));
            is_changed |= packed.is_some();
            frames.push(packed.map_or(plain, Frame::Shared));
        }
        if self.is_for_many {
            frames.share();
        }
        is_changed.then_some(frames)
    }

    /// Calls `each` for every run of frames that a subscriber is to get: all of them, but for its
    /// own.
    pub(super) fn runs_for<'a>(&'a self, key: Key, form: Form, mut each: impl FnMut(Run<'a>)) {
        let first = self.excepted.partition_point(|&(other, _)| other < key);
        let own = self.excepted[first..]
            .iter()
            .take_while(|&&(other, _)| other == key);
        let (frames, plain) = self.frames_of(form);
        let mut from = 0;
        for frame in own.map(|&(_, frame)| frame).chain([frames.count()]) {
            if from < frame {
                each(Run::new(frames, plain, from, frame));
            }
            from = frame + 1;
        }
    }

    /// The frames in this form, and if it is not the plain one, in that as well.
    fn frames_of(&self, form: Form) -> (&Frames, Option<&Frames>) {
        let packed = match form {
            Form::Plain => None,
            Form::Packed(number) => self.packed[number].frames.as_ref(),
        };
        match packed {
            Some(packed) => (packed, Some(&self.plain)),
            None => (&self.plain, None),
        }
    }

    pub(super) fn clear(&mut self) {
        self.plain.clear();
        self.deflated.clear();
        self.excepted.clear();
        self.packed.clear();
    }
}

#[cfg(test)]
mod tests;
