//! Publishes to one topic that have yet to be delivered.

use bytes::Bytes;

use crate::{outbox::Frame, topics::Key};

/// More than this is not gathered; it is about what a segment of an outbox holds.
const MOST_BYTES: usize = 16 << 10;

/// Small frames published to the same topic one after the other.
///
/// They are delivered together, so that a subscriber's outbox is locked and looked up once for all
/// of them, and gets them in one copy. Whoever could tell the difference has them delivered first:
/// a publish to another topic, a message to one socket, a change of subscriptions.
#[derive(Debug, Default)]
pub(super) struct Pending {
    topic: String,
    /// The frames, one behind the other.
    frames: Vec<u8>,
    /// Where each frame ends.
    ends: Vec<usize>,
    /// Which socket is not to get which frame, as its sender.
    excepted: Vec<(Key, usize)>,
    /// The frames once more, to be referred to; made if there are many subscribers.
    shared: Option<Bytes>,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    /// Whether a frame of so many bytes to this topic may join what is there.
    pub(super) fn admits(&self, topic: &str, len: usize) -> bool {
        self.is_empty() || (self.topic == topic && self.frames.len() + len <= MOST_BYTES)
    }

    pub(super) fn push(&mut self, topic: &str, frame: Frame<'_>, except: Option<Key>) {
        if self.is_empty() {
            self.topic.clear();
            self.topic.push_str(topic);
        }
        frame.write_to(&mut self.frames);
        if let Some(key) = except {
            self.excepted.push((key, self.ends.len()));
        }
        self.ends.push(self.frames.len());
    }

    /// To be called before [`Self::runs_for`], with how many times that will be.
    pub(super) fn prepare(&mut self, subscribers: usize) {
        self.excepted.sort_unstable();
        self.shared = (subscribers > 1).then(|| Bytes::copy_from_slice(&self.frames));
    }

    /// Calls `each` for every run of frames that a subscriber is to get: all of them, but for its
    /// own. A run is given as its bytes and the ends of its frames, relative to `offset`.
    pub(super) fn runs_for<'a>(&'a self, key: Key, mut each: impl FnMut(Run<'a>)) {
        let first = self.excepted.partition_point(|&(other, _)| other < key);
        let own = self.excepted[first..]
            .iter()
            .take_while(|&&(other, _)| other == key);
        let mut from = 0;
        for frame in own.map(|&(_, frame)| frame).chain([self.ends.len()]) {
            if from < frame {
                let offset = self.start_of(from);
                let bytes = &self.frames[offset..self.ends[frame - 1]];
                let shared = self.shared.as_ref();
                each(Run {
                    bytes,
                    shared: shared.filter(|shared| shared.len() == bytes.len()),
                    first: from,
                    offset,
                    ends: &self.ends[from..frame],
                });
            }
            from = frame + 1;
        }
    }

    fn start_of(&self, frame: usize) -> usize {
        frame.checked_sub(1).map_or(0, |before| self.ends[before])
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.ends.clear();
        self.excepted.clear();
        self.shared = None;
    }
}

/// Frames that follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    bytes: &'a [u8],
    /// The same, if it can be referred to.
    shared: Option<&'a Bytes>,
    /// The number of the first frame among all that are delivered together.
    pub(crate) first: usize,
    offset: usize,
    ends: &'a [usize],
}

impl<'a> Run<'a> {
    /// All of them at once.
    pub(crate) fn whole(self) -> Frame<'a> {
        match self.shared {
            Some(frames) => Frame::Shared(frames),
            None => Frame::Encoded(self.bytes),
        }
    }

    /// Each of them.
    pub(crate) fn frames(self) -> impl Iterator<Item = &'a [u8]> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let to = end - self.offset;
            let frame = &self.bytes[from..to];
            from = to;
            frame
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames_for(pending: &Pending, key: Key) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        pending.runs_for(key, |run| {
            let of_run: Vec<_> = run.frames().map(<[u8]>::to_vec).collect();
            assert_eq!(of_run.concat(), run.bytes);
            let mut whole = Vec::new();
            run.whole().write_to(&mut whole);
            assert_eq!(whole, run.bytes);
            frames.extend(of_run);
        });
        frames
    }

    #[test]
    fn another_topic_and_too_many_bytes_are_not_admitted() {
        let mut pending = Pending::default();
        assert!(
            pending.admits("a", MOST_BYTES + 1),
            "the first may be of any size"
        );
        pending.push("a", Frame::Encoded(&[0; 1000]), None);
        assert!(!pending.admits("b", 1));
        assert!(pending.admits("a", MOST_BYTES - 1000));
        assert!(!pending.admits("a", MOST_BYTES - 999));
        pending.clear();
        assert!(pending.admits("b", 1));
    }

    proptest! {
        #[test]
        fn everybody_gets_all_frames_in_order_but_their_own(
            published in prop::collection::vec((prop::option::of(0..5usize), 1..9usize), 1..30)
        ) {
            let mut pending = Pending::default();
            for (number, (except, len)) in published.iter().enumerate() {
                pending.push("t", Frame::Encoded(&vec![number as u8; *len]), *except);
            }
            pending.prepare(6);
            for key in 0..6 {
                let expected: Vec<_> = published
                    .iter()
                    .enumerate()
                    .filter(|(_, (except, _))| *except != Some(key))
                    .map(|(number, (_, len))| vec![number as u8; *len])
                    .collect();
                prop_assert_eq!(frames_for(&pending, key), expected);
            }
        }
    }
}
