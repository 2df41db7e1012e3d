use std::{collections::VecDeque, io::IoSlice};

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::protocol::{Header, Opcode};

const NO_LIMIT: usize = usize::MAX;

fn ordinary(queue: &mut Queue, payload: &[u8]) {
    let header = Header::new(Opcode::Binary, false, payload.len());
    queue.push(Frame::Small(header, payload));
}

fn latest(queue: &mut Queue, key: &str, payload: &[u8], limit: usize) -> bool {
    let header = Header::new(Opcode::Binary, false, payload.len());
    let name = Name::new("topic", key);
    queue.push_latest(&Named::new(Frame::Small(header, payload), name), limit) != Room::None
}

fn drain(queue: &mut Queue) -> Vec<u8> {
    let mut wire = Vec::new();
    while let Some(chunk) = queue.take(usize::MAX) {
        wire.extend_from_slice(&chunk);
    }
    wire
}

/// The payloads, of up to 125 bytes each, of the queued messages.
fn payloads(queue: &mut Queue) -> Vec<String> {
    let wire = drain(queue);
    let mut rest = &wire[..];
    let mut payloads = Vec::new();
    while let [_, len, after @ ..] = rest {
        let (payload, after) = after.split_at(usize::from(*len));
        payloads.push(String::from_utf8(payload.to_vec()).unwrap());
        rest = after;
    }
    payloads
}

#[test]
fn a_message_takes_the_place_of_the_one_before() {
    let mut queue = Queue::default();
    ordinary(&mut queue, b"first");
    for (key, payload) in [
        ("a", "a1"),
        ("b", "b1"),
        ("a", "a2"),
        ("b", "b22"),
        ("a", ""),
    ] {
        assert!(latest(&mut queue, key, payload.as_bytes(), NO_LIMIT));
    }
    assert_eq!(queue.len(), 7 + 2 + 5);
    assert_eq!(payloads(&mut queue), ["first", "", "b22"]);
}

#[test]
fn a_message_never_overtakes_an_ordinary_one() {
    let mut queue = Queue::default();
    for payload in ["a1", "b1"] {
        latest(&mut queue, &payload[..1], payload.as_bytes(), NO_LIMIT);
    }
    ordinary(&mut queue, b"between");
    for payload in ["c1", "a2", "c2", "a3"] {
        latest(&mut queue, &payload[..1], payload.as_bytes(), NO_LIMIT);
    }
    assert_eq!(payloads(&mut queue), ["b1", "between", "c2", "a3"]);
}

#[test]
fn a_large_message_counts_as_ordinary_too() {
    let mut queue = Queue::default();
    latest(&mut queue, "a", b"a1", NO_LIMIT);
    let large = Bytes::from(vec![0; 5000]);
    let header = Header::new(Opcode::Binary, false, large.len());
    queue.push(Frame::Large(header, &large));
    latest(&mut queue, "a", b"a2", NO_LIMIT);
    assert!(drain(&mut queue).ends_with(b"\0\x82\x02a2"));
}

#[test]
fn the_topic_and_the_key_together_are_the_name() {
    let mut queue = Queue::default();
    for (topic, key) in [("ab", "c"), ("a", "bc"), ("ab", "c")] {
        let header = Header::new(Opcode::Binary, false, 0);
        let name = Name::new(topic, key);
        queue.push_latest(&Named::new(Frame::Small(header, b""), name), NO_LIMIT);
    }
    assert_eq!(payloads(&mut queue).len(), 2);
}

#[test]
fn long_keys_that_wait_take_no_memory() {
    const KEYS: u64 = 100;
    let mut queue = Queue::default();
    let allocated = allocation_counter::measure(|| {
        for number in 0..KEYS {
            let key = format!("{number}{}", "k".repeat(100_000));
            for payload in ["old", "new"] {
                assert!(latest(&mut queue, &key, payload.as_bytes(), NO_LIMIT));
            }
        }
    });
    assert!(
        allocated.bytes_current < 1000 * KEYS as i64,
        "{allocated:?}"
    );
    assert_eq!(payloads(&mut queue), vec!["new"; KEYS as usize]);
}

#[test]
fn what_has_been_begun_is_ended() {
    for begun in [1, 2, 3] {
        let mut queue = Queue::default();
        latest(&mut queue, "a", b"a1", NO_LIMIT);
        queue.advance(begun);
        latest(&mut queue, "a", b"a2", NO_LIMIT);
        latest(&mut queue, "a", b"a3", NO_LIMIT);
        assert_eq!(
            drain(&mut queue),
            [&b"\x82\x02a1"[begun..], b"\x82\x02a3"].concat()
        );
    }
    let mut queue = Queue::default();
    latest(&mut queue, "a", b"a1", NO_LIMIT);
    assert_eq!(queue.take(1).unwrap(), b"\x82"[..]);
    latest(&mut queue, "a", b"a2", NO_LIMIT);
    assert_eq!(drain(&mut queue), b"\x02a1\x82\x02a2");
}

#[test]
fn the_limit_is_exact() {
    for (len, accepted) in [(99, true), (100, true), (101, false)] {
        // No message is replaced: 200 bytes and this message.
        let mut queue = Queue::default();
        ordinary(&mut queue, &[b'o'; 96]);
        ordinary(&mut queue, &[b'o'; 100]);
        let limit = 300 + Name::OVERHEAD;
        assert_eq!(
            latest(&mut queue, "a", &vec![b'a'; len - 2], limit),
            accepted
        );
        assert_eq!(queue.len(), if accepted { 200 + len } else { 200 });
        // The replaced message makes room: the queue is at its limit, and 100 bytes of it go.
        let mut queue = Queue::default();
        let limit = 300 + 3 * Name::OVERHEAD;
        for key in ["a", "b", "c"] {
            assert!(latest(&mut queue, key, &[b'o'; 98], limit));
        }
        assert_eq!(
            latest(&mut queue, "b", &vec![b'n'; len - 2], limit),
            accepted
        );
        assert_eq!(queue.len(), if accepted { 200 + len } else { 300 });
        let payloads = payloads(&mut queue);
        let kept = if accepted { 'n' } else { 'o' };
        assert!(
            payloads.len() == 3 && payloads[1].starts_with(kept),
            "{payloads:?}"
        );
    }
}

#[test]
fn the_only_message_may_be_replaced_by_one_of_any_size() {
    let mut queue = Queue::default();
    assert!(latest(&mut queue, "a", &[b'a'; 100], 50));
    assert!(latest(&mut queue, "a", &[b'a'; 120], 50));
    assert_eq!(queue.len(), 122);
    assert!(!latest(&mut queue, "b", b"", 50));
    assert!(latest(&mut queue, "a", b"", 50));
    let limit = 4 + Name::OVERHEAD + Name::OVERHEAD;
    assert!(!latest(&mut queue, "b", b"", limit - 1));
    assert!(latest(&mut queue, "b", b"", limit));
    assert_eq!(payloads(&mut queue), ["", ""]);
}

#[test]
fn ordinary_messages_are_not_left_in_pieces() {
    let mut queue = Queue::default();
    for _ in 0..10_000 {
        for key in ["a", "b"] {
            ordinary(&mut queue, b"some");
            assert!(latest(&mut queue, key, b"latest", NO_LIMIT));
        }
    }
    let pieces = queue.peek(&mut [IoSlice::new(&[]); 100]);
    let full = queue.len() / super::super::SEGMENT;
    assert!(pieces <= 2 * full + 6, "{pieces} pieces");
}

#[test]
fn many_keys_keep_their_turn() {
    let mut queue = Queue::default();
    for round in 0..5 {
        for key in 0..10_000 {
            let payload = format!("{key} {round}");
            assert!(latest(
                &mut queue,
                &key.to_string(),
                payload.as_bytes(),
                NO_LIMIT
            ));
        }
    }
    let expected: Vec<String> = (0..10_000).map(|key| format!("{key} 4")).collect();
    assert_eq!(payloads(&mut queue), expected);
}

#[test]
fn control_frames_pass_messages_with_names() {
    let mut queue = Queue::default();
    latest(&mut queue, "a", b"a1", NO_LIMIT);
    latest(&mut queue, "b", b"b1", NO_LIMIT);
    queue.advance(1);
    assert!(queue.push_control(b"PING", 100));
    latest(&mut queue, "b", b"b2", NO_LIMIT);
    assert_eq!(drain(&mut queue), b"\x02a1PING\x82\x02b2");
}

/// The rules of a queue in a minimal form.
#[derive(Default)]
struct Model {
    messages: VecDeque<Message>,
    /// How many bytes of the first message have been written.
    begun: usize,
}

struct Message {
    key: Option<u8>,
    frame: Vec<u8>,
}

impl Model {
    fn len(&self) -> usize {
        let all: usize = self
            .messages
            .iter()
            .map(|message| message.frame.len())
            .sum();
        all - self.begun
    }

    fn push_latest(&mut self, key: u8, frame: Vec<u8>, limit: usize) -> bool {
        let unsent = usize::from(self.begun > 0);
        let mut others = self.messages.iter().enumerate().skip(unsent);
        let old = others.find(|(_, message)| message.key == Some(key));
        let old = old.map(|(at, message)| (at, message.frame.len()));
        let others = self.len() - old.map_or(0, |(_, len)| len);
        let others_with_keys = self.messages.iter().skip(unsent);
        let others_with_keys = others_with_keys
            .filter(|message| message.key.is_some_and(|other| other != key))
            .count();
        let overheads = (others_with_keys + 1) * Name::OVERHEAD;
        if others > 0 && others + overheads + frame.len() > limit {
            return false;
        }
        let message = Message {
            key: Some(key),
            frame,
        };
        match old {
            Some((at, _)) if self.messages.iter().skip(at).all(|m| m.key.is_some()) => {
                self.messages[at] = message;
            }
            old => {
                old.map(|(at, _)| self.messages.remove(at));
                self.messages.push_back(message);
            }
        }
        true
    }

    fn advance(&mut self, mut count: usize) -> Vec<u8> {
        let mut written = Vec::new();
        while count > 0 {
            let frame = &self.messages[0].frame;
            let step = count.min(frame.len() - self.begun);
            written.extend_from_slice(&frame[self.begun..self.begun + step]);
            self.begun += step;
            count -= step;
            if self.begun == frame.len() {
                self.messages.pop_front();
                self.begun = 0;
            }
        }
        written
    }
}

#[derive(Clone, Debug)]
enum Step {
    Ordinary(usize),
    Latest(u8, usize),
    Control(usize),
    Advance(usize),
    Take(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let len = || prop_oneof![8 => 5..300usize, 1 => 4_000..20_000usize];
    prop_oneof![
        3 => len().prop_map(Step::Ordinary),
        6 => (0..4u8, len()).prop_map(|(key, len)| Step::Latest(key, len)),
        1 => (0..50usize).prop_map(Step::Control),
        2 => (0..2_000usize).prop_map(Step::Advance),
        1 => (1..2_000usize).prop_map(Step::Take),
    ]
}

/// Writes up to `count` bytes as a vectored write does.
fn advance(queue: &mut Queue, count: usize) -> Vec<u8> {
    let mut slices = [IoSlice::new(&[]); 4];
    let filled = queue.peek(&mut slices);
    let mut wire = Vec::new();
    for slice in &slices[..filled] {
        wire.extend_from_slice(slice);
    }
    wire.truncate(count);
    queue.advance(wire.len());
    wire
}

/// The payloads of data frames, in order. Control frames must lie between them.
fn data_frames(mut wire: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let [first, len, after @ ..] = wire {
        let (len, after) = match len {
            126 => (
                usize::from(after[0]) << 8 | usize::from(after[1]),
                &after[2..],
            ),
            len => (usize::from(*len), after),
        };
        let (payload, after) = after.split_at(len);
        match first {
            0x82 => frames.push(payload.to_vec()),
            0x89 => assert!(payload.iter().all(|byte| *byte == b'P')),
            other => panic!("a frame begins with {other:#x}"),
        }
        wire = after;
    }
    frames
}

proptest! {
    #[test]
    fn it_agrees_with_a_list_of_messages(
        steps in prop::collection::vec(step(), 1..200),
        limit in prop_oneof![Just(NO_LIMIT), 100..6_000usize],
    ) {
        let (mut queue, mut model) = (Queue::default(), Model::default());
        let (mut wire, mut expected) = (Vec::new(), Vec::new());
        let (mut ordinary, mut newest) = (Vec::new(), [None; 4]);
        let mut control = 0;
        for (number, step) in steps.into_iter().enumerate() {
            let data = queue.data_len();
            let payload = |key: u8, len| {
                let number = (number as u32).to_be_bytes();
                [&number, &vec![key; len - number.len()][..]].concat()
            };
            let mut written = Vec::new();
            match step {
                Step::Ordinary(len) => {
                    let payload = payload(9, len);
                    let header = Header::new(Opcode::Binary, false, len);
                    let shared = Bytes::from(payload.clone());
                    let frame = match len {
                        4_000.. => Frame::Large(header, &shared),
                        _ => Frame::Small(header, &payload),
                    };
                    queue.push(frame);
                    let frame = [header.as_bytes(), &payload].concat();
                    model.messages.push_back(Message { key: None, frame });
                    ordinary.push(number);
                }
                Step::Latest(key, len) => {
                    let payload = payload(key, len);
                    let frame = [Header::new(Opcode::Binary, false, len).as_bytes(), &payload].concat();
                    let accepted = model.push_latest(key, frame, limit);
                    prop_assert_eq!(latest(&mut queue, &key.to_string(), &payload, limit), accepted);
                    if accepted {
                        newest[usize::from(key)] = Some(number);
                    }
                }
                Step::Control(len) => {
                    let header = Header::new(Opcode::Ping, false, len);
                    let frame = [header.as_bytes(), &vec![b'P'; len]].concat();
                    if queue.push_control(&frame, 200) {
                        control += frame.len();
                    }
                }
                Step::Advance(count) => written = advance(&mut queue, count),
                Step::Take(max) => {
                    if let Some(chunk) = queue.take(max) {
                        written.extend_from_slice(&chunk);
                    }
                }
            }
            if !written.is_empty() {
                let of_data = data - queue.data_len();
                expected.extend(model.advance(of_data));
                control -= written.len() - of_data;
                wire.extend(written);
            }
            prop_assert_eq!(queue.data_len(), model.len());
            prop_assert_eq!(queue.len(), model.len() + control);
        }
        wire.extend(drain(&mut queue));
        expected.extend(model.advance(model.len()));
        prop_assert_eq!(queue.len(), 0);

        let arrived = data_frames(&wire);
        prop_assert_eq!(&arrived, &data_frames(&expected));
        // Independent of the model: no ordinary message is lost, and the newest of a name arrives
        // last.
        let mut seen: [Vec<usize>; 4] = Default::default();
        let mut seen_ordinary = Vec::new();
        for payload in arrived {
            let number = u32::from_be_bytes([payload[0], payload[1], payload[2], payload[3]]) as usize;
            match payload[4] {
                key @ 0..4 => seen[usize::from(key)].push(number),
                _ => seen_ordinary.push(number),
            }
        }
        prop_assert_eq!(seen_ordinary, ordinary);
        for (numbers, newest) in seen.iter().zip(newest) {
            prop_assert!(numbers.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(numbers.last().copied(), newest);
        }
    }
}

/// The bytes that the allocator takes at most for an allocation, besides the requested ones.
const ALLOCATION: i64 = 16;

/// Queues messages with names until `limit` leaves no room for another, or `count` of them are
/// queued. With `is_mixed`, an ordinary message comes before each. Returns the memory that they
/// take.
fn memory_of(queue: &mut Queue, count: usize, is_mixed: bool, limit: usize) -> i64 {
    let allocated = allocation_counter::measure(|| {
        for number in 0..count {
            if is_mixed {
                ordinary(queue, b"");
            }
            if !latest(queue, &number.to_string(), b"", limit) {
                break;
            }
        }
    });
    allocated.bytes_current + ALLOCATION * allocated.count_current
}

#[test]
fn what_waits_takes_no_more_memory_than_is_counted() {
    // The list and the table grow by doubling, so the memory of a message depends on their number.
    let counts = (3..16).flat_map(|power| [(1 << power) * 7 / 8 + 1, (1 << power) + 1]);
    for count in counts {
        for is_mixed in [false, true] {
            let mut queue = Queue::default();
            let memory = memory_of(&mut queue, count, is_mixed, NO_LIMIT);
            let counted = queue.held() as i64;
            assert!(memory < counted + 512, "{memory} for {counted}, {count}");
        }
    }
}

#[test]
fn many_names_of_small_messages_keep_to_the_limit() {
    const LIMIT: usize = 1 << 20;
    for is_mixed in [false, true] {
        let mut queue = Queue::default();
        let memory = memory_of(&mut queue, usize::MAX, is_mixed, LIMIT);
        assert!(memory < LIMIT as i64, "{memory}");
        assert!(queue.len() > 2_000, "{} bytes", queue.len());
        drain(&mut queue);
        assert_eq!(queue.held(), 0);
    }
}

#[test]
fn what_is_taken_back_counts_no_more() {
    let mut queue = Queue::default();
    for round in 0..3 {
        for key in ["a", "b", "c"] {
            assert!(latest(&mut queue, key, b"1234", NO_LIMIT));
        }
        assert_eq!(queue.held(), 18 + 3 * Name::OVERHEAD, "{round}");
    }
    queue.advance(1);
    assert_eq!(queue.held(), 17 + 2 * Name::OVERHEAD);
    ordinary(&mut queue, b"");
    latest(&mut queue, "b", b"1234", NO_LIMIT);
    assert_eq!(queue.held(), 19 + 2 * Name::OVERHEAD);
    queue.clear();
    assert_eq!(queue.held(), 0);
}
