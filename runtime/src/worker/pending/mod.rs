//! Publishes to one topic that are not delivered yet.
//!
//! Some of them may be compressed. Then the frames exist several times: plain, and once for each
//! range of lengths that a peer accepts compressed. The range depends on the setting
//! `compression_threshold` and on the window of the peer.

use std::ops::RangeInclusive;

use crate::{
    compression::Deflated,
    frame::{Frame, Frames, Run},
    stats::Traffic,
    topics::{Key, Name},
};

/// The bytes that are gathered at most: about one segment of an outbox.
const MOST_BYTES: usize = 16 << 10;

/// The frames that are gathered at most. Each takes some memory besides its bytes.
const MOST_FRAMES: usize = 2048;

/// Small frames that were published to the same topic one after the other.
///
/// They are delivered together: the worker looks up and locks the outbox of a subscriber once for
/// all of them, and adds them in one copy. They are delivered before anything that a client could
/// see in the wrong order: a publish to another topic, a message to one socket, a change of
/// subscriptions.
#[derive(Debug, Default)]
pub(super) struct Pending {
    topic: String,
    /// The hash of the topic.
    hash: u64,
    plain: Frames,
    /// The frames that are compressed for subscribers that accept them so, by number and in order.
    deflated: Vec<(usize, Deflated)>,
    /// The frames that a socket does not get: those that it has published, and those whose publisher
    /// leaves it out.
    excepted: Vec<(Key, usize)>,
    packed: Vec<Packed>,
    /// Whether subscribers refer to the frames instead of copying them.
    is_for_many: bool,
}

/// The frames for subscribers that accept messages of these lengths compressed.
#[derive(Debug)]
struct Packed {
    lengths: RangeInclusive<usize>,
    /// `None` if the frames are the same as the plain ones.
    frames: Option<Frames>,
}

/// The frames that a subscriber does not get, by number and in order; most often none.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeftOut<'a>(&'a [(Key, usize)]);

impl LeftOut<'_> {
    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// The form in which a subscriber gets the frames.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Plain,
    /// The packed form with this index.
    Packed(usize),
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// The bytes of all plain frames.
    pub(super) fn len(&self) -> usize {
        self.plain.len()
    }

    /// The messages in all frames.
    pub(super) fn traffic(&self) -> Traffic {
        self.plain.traffic()
    }

    pub(super) fn topic(&self) -> Name<'_> {
        Name::of(&self.topic, self.hash)
    }

    /// Whether a frame of `len` bytes to this topic may join the gathered ones.
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
        excepted: &[Key],
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
        for key in excepted {
            self.excepted.push((*key, number));
        }
        self.plain.push(frame);
    }

    /// To be called before [`Self::left_out`], with the number of subscribers that follow.
    pub(super) fn prepare(&mut self, subscribers: usize) {
        self.excepted.sort_unstable();
        self.is_for_many = subscribers > 1;
        if self.is_for_many {
            self.plain.share();
        }
    }

    /// The form for a subscriber. `taken` returns the lengths of messages that it accepts
    /// compressed.
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

    /// The frames, with messages of these lengths compressed; `None` if no frame changes.
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

    /// The frames that a subscriber does not get.
    #[inline]
    pub(super) fn left_out(&self, key: Key) -> LeftOut<'_> {
        LeftOut(match &self.excepted[..] {
            [] => &[],
            excepted => find(excepted, key),
        })
    }

    /// The messages in these frames.
    #[cold]
    pub(super) fn traffic_of(&self, left_out: LeftOut<'_>) -> Traffic {
        let mut traffic = Traffic::default();
        for (_, number) in left_out.0 {
            traffic += self.plain.traffic_of(*number);
        }
        traffic
    }

    /// Calls `each` for every run of frames that a subscriber gets: all but those of `left_out`.
    #[inline]
    pub(super) fn runs_but<'a>(
        &'a self,
        left_out: LeftOut<'_>,
        form: Form,
        mut each: impl FnMut(Run<'a>),
    ) {
        let (frames, plain) = self.frames_of(form);
        let mut left_out = left_out.0;
        let mut from = 0;
        loop {
            // `each` has a single caller, so that it is inlined.
            let next = left_out.split_first();
            let end = next.map_or(frames.count(), |(&(_, number), _)| number);
            if from < end {
                each(Run::new(frames, plain, from, end));
            }
            let Some((_, further)) = next else {
                return;
            };
            left_out = further;
            from = end + 1;
        }
    }

    /// The frames in this form, and also the plain ones if the form is another.
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

/// The places of a socket in a sorted list.
#[inline(never)]
fn find(excepted: &[(Key, usize)], key: Key) -> &[(Key, usize)] {
    let first = excepted.partition_point(|&(other, _)| other < key);
    let rest = &excepted[first..];
    let len = rest.iter().take_while(|&&(other, _)| other == key).count();
    &rest[..len]
}

#[cfg(test)]
mod tests;
