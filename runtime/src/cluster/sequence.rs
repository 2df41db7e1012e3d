//! Which messages of other nodes are new.

use std::collections::HashMap;

/// The most sequences that are known at a time. Each takes some 50 bytes.
const MOST: usize = 4096;

/// A known number may exceed what its node says by less than this, because messages of an older
/// connection may arrive late. A greater one was forged.
const FORGED: u64 = 1 << 32;

/// The highest number of each sequence that has been received.
///
/// A node numbers its messages, and sends those again that the broker has not acknowledged, in the
/// same order. So a message is new if its number is higher than all before it. A node makes its id
/// anew when it starts, so an id never begins again with lower numbers.
///
/// An entry outlives the lease of its node: the node may have been cut off, and may come back with
/// messages that it sends again. Only when there is no room, the entry that has been heard least
/// recently is forgotten.
///
/// After a reconnect of this node, messages of a former connection of another node may still arrive,
/// and may be only the last ones of a batch that comes again as a whole. These are not new, and their
/// numbers are not noted: see [`Hold`](super::hold::Hold).
#[derive(Debug, Default)]
pub(crate) struct Sequences {
    entries: HashMap<(u64, u16), Entry>,
    /// The number of calls so far, which orders the entries by age.
    calls: u64,
}

#[derive(Debug)]
struct Entry {
    last: u64,
    heard: u64,
    /// The number of the connection of the node before which no message is new.
    least: u32,
}

impl Sequences {
    /// Whether a message that was sent over this connection of its node has not been received before,
    /// and does not come again. Notes its number then.
    pub(crate) fn is_new(&mut self, node: u64, lane: u16, session: u32, sequence: u64) -> bool {
        let entry = self.entry(node, lane);
        let is_new = sequence > entry.last && session >= entry.least;
        if is_new {
            entry.last = sequence;
        }
        is_new
    }

    /// Notes that a node sends over this connection, or a later one, all that was not acknowledged
    /// before. What arrives of former connections is not new.
    pub(crate) fn since(&mut self, node: u64, lane: u16, session: u32) {
        let entry = self.entry(node, lane);
        entry.least = entry.least.max(session);
    }

    /// Notes a heartbeat, with the highest number that its node has used.
    ///
    /// Only a forged message has a far higher number. It would block its node for ever, so it is
    /// forgotten. The checksum of the envelope excludes damage.
    pub(crate) fn heartbeat(&mut self, node: u64, lane: u16, highest: u64) {
        let entry = self.entry(node, lane);
        if entry.last.saturating_sub(highest) >= FORGED {
            entry.last = highest;
        }
    }

    fn entry(&mut self, node: u64, lane: u16) -> &mut Entry {
        let key = (node, lane);
        if self.entries.len() >= MOST && !self.entries.contains_key(&key) {
            self.forget_oldest();
        }
        self.calls += 1;
        let entry = self.entries.entry(key).or_insert(Entry {
            last: 0,
            heard: 0,
            least: 0,
        });
        entry.heard = self.calls;
        entry
    }

    fn forget_oldest(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.heard);
        if let Some((&key, _)) = oldest {
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn a_number_is_new_once() {
        let mut sequences = Sequences::default();
        for (sequence, is_new) in [(5, true), (5, false), (4, false), (9, true), (8, false)] {
            assert_eq!(sequences.is_new(1, 0, 1, sequence), is_new, "{sequence}");
        }
        assert!(!sequences.is_new(2, 0, 1, 0), "numbers begin at 1");
        assert!(sequences.is_new(2, 0, 1, 1));
        assert!(
            sequences.is_new(1, 1, 1, 1),
            "each lane has a sequence of its own"
        );
        assert!(sequences.is_new(1, 0, 1, u64::MAX));
    }

    #[test]
    fn what_comes_again_over_a_later_connection_is_new_then() {
        let mut sequences = Sequences::default();
        assert!(sequences.is_new(1, 0, 1, 7));
        sequences.since(1, 0, 2);
        assert!(!sequences.is_new(1, 0, 1, 9));
        for (session, sequence, is_new) in [(2, 7, false), (2, 8, true), (3, 9, true)] {
            assert_eq!(sequences.is_new(1, 0, session, sequence), is_new);
        }
        // A connection does not become an earlier one.
        sequences.since(1, 0, 1);
        assert!(!sequences.is_new(1, 0, 1, 10));
        assert!(sequences.is_new(2, 0, 1, 10), "it says nothing of others");
        assert!(sequences.is_new(1, 0, 2, 10));
    }

    #[test]
    fn a_forged_number_blocks_its_node_until_the_next_heartbeat() {
        let mut sequences = Sequences::default();
        assert!(sequences.is_new(1, 0, 1, 7));
        assert!(sequences.is_new(1, 0, 1, u64::MAX));
        assert!(!sequences.is_new(1, 0, 1, 8));
        sequences.heartbeat(1, 0, 8);
        assert!(!sequences.is_new(1, 0, 1, 8));
        assert!(sequences.is_new(1, 0, 1, 9));
        // A heartbeat that is late by some messages changes nothing.
        assert!(sequences.is_new(1, 0, 1, 5000));
        sequences.heartbeat(1, 0, 12);
        assert!(!sequences.is_new(1, 0, 1, 5000));
        // It does not let in what came before it.
        sequences.heartbeat(3, 0, 12);
        assert!(sequences.is_new(3, 0, 1, 1));
    }

    #[test]
    fn the_node_that_was_heard_least_recently_is_forgotten_when_there_is_no_room() {
        let mut sequences = Sequences::default();
        let most = u64::try_from(MOST).unwrap();
        for node in 0..most {
            assert!(sequences.is_new(node, 0, 1, 10));
        }
        sequences.heartbeat(0, 0, 10);
        assert!(sequences.is_new(most, 0, 1, 10));
        assert_eq!(sequences.entries.len(), MOST);
        assert!(!sequences.is_new(0, 0, 1, 10), "its heartbeat has kept it");
        assert!(!sequences.is_new(2, 0, 1, 10));
        assert!(sequences.is_new(1, 0, 1, 10), "it was forgotten");
    }

    proptest! {
        /// What is sent again from any place on, in any parts, arrives once and in order.
        #[test]
        fn resending_delivers_each_number_once(starts in vec((1..60_u64, 0..60_u64), 0..20)) {
            let mut sequences = Sequences::default();
            let mut got = Vec::new();
            let mut sent = 0;
            // A resend begins at or before the first number that was not sent.
            for (start, count) in starts.into_iter().chain([(1, 200)]) {
                let start = start.min(sent + 1);
                for sequence in start..start + count {
                    sent = sent.max(sequence);
                    if sequences.is_new(1, 0, 1, sequence) {
                        got.push(sequence);
                    }
                }
            }
            prop_assert_eq!(got, (1..=sent).collect::<Vec<_>>());
        }
    }
}
