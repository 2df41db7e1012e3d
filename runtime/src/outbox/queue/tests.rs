use proptest::prelude::*;

use super::*;
use crate::protocol::{Header, Opcode};

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
fn peeking_and_advancing_give_the_same_bytes_as_taking() {
    for step in [1, 3, 100, 4_000, 1 << 20] {
        let mut queue = Queue::default();
        let mut expected = Vec::new();
        for (i, size) in [3, 20_000, 0, 5_000, 16_000, 9].into_iter().enumerate() {
            let payload = vec![i as u8; size];
            if size >= 5_000 {
                let header = Header::new(Opcode::Binary, false, size);
                queue.push(Frame::Large(header, &payload.clone().into()));
            } else {
                small(&mut queue, &payload);
            }
            expected.extend(frame(&payload));
        }
        let mut seen = Vec::new();
        while !queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); 3];
            let filled = queue.peek(&mut slices);
            assert!(filled > 0);
            let before = queue.len();
            let mut left = step;
            for slice in &slices[..filled] {
                let of_slice = left.min(slice.len());
                seen.extend_from_slice(&slice[..of_slice]);
                left -= of_slice;
            }
            queue.advance(step - left);
            assert_eq!(queue.len(), before - (step - left));
        }
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_control_frame_is_written_between_what_was_begun_and_the_rest() {
    let mut queue = Queue::default();
    let payload = Bytes::from(vec![1; 5_000]);
    queue.push(Frame::Large(
        Header::new(Opcode::Binary, false, 5_000),
        &payload,
    ));
    small(&mut queue, b"next");
    queue.advance(1_000);
    assert!(queue.push_control(b"PING", 100));
    let mut slices = [IoSlice::new(&[]); 8];
    let filled = queue.peek(&mut slices);
    let lens: Vec<usize> = slices[..filled].iter().map(|slice| slice.len()).collect();
    assert_eq!(lens, [5_004 - 1_000, 4, 6]);
    queue.advance(4_004 + 2);
    let filled = queue.peek(&mut [IoSlice::new(&[]); 8]);
    assert_eq!((filled, queue.len()), (2, 2 + 6));
    queue.advance(2);
    assert_eq!(drain(&mut queue, 100), b"\x82\x04next");
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
fn no_control_frame_comes_after_the_last() {
    for begun in [0, 1, 6, 7] {
        let mut queue = Queue::default();
        small(&mut queue, b"data");
        small(&mut queue, b"more");
        queue.advance(begun);
        assert!(queue.push_control(b"PING", 100));
        queue.push_last(Frame::Encoded(b"LAST"));
        assert!(drain(&mut queue, 100).ends_with(b"LAST"), "{begun} written");
    }
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

#[test]
fn what_is_queued_behind_an_answer_stays_when_a_newer_one_replaces_it() {
    let mut queue = Queue::default();
    queue.push_answer(b"pong1", 10);
    assert!(queue.push_control(b"12345", 10));
    queue.push_answer(b"pong2", 10);
    // Too long even in the place of the old answer, which is gone now.
    queue.push_answer(b"pong-3", 10);
    assert!(queue.push_control(b"67890", 10));
    queue.push_answer(b"pong4", 10);
    assert_eq!(drain(&mut queue, 100), b"1234567890");
}

#[derive(Clone, Debug)]
enum Step {
    Small(usize),
    Encoded(usize),
    Shared(usize),
    Large(usize),
    Advance(usize),
    Take(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let size = || prop_oneof![4 => 1..200usize, 1 => 3_000..6_000usize, 1 => 10_000..20_000usize];
    prop_oneof![
        size().prop_map(Step::Small),
        size().prop_map(Step::Encoded),
        size().prop_map(Step::Shared),
        size().prop_map(Step::Large),
        (0..30_000usize).prop_map(Step::Advance),
        (1..30_000usize).prop_map(Step::Take),
    ]
}

proptest! {
    #[test]
    fn however_frames_are_queued_and_written_their_bytes_stay_in_order(
        steps in prop::collection::vec(step(), 0..60)
    ) {
        let mut queue = Queue::default();
        let mut pushed = Vec::new();
        let mut written = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let bytes = |size| vec![number as u8; size];
            let header = |size| Header::new(Opcode::Binary, false, size);
            match step {
                Step::Small(size) => {
                    small(&mut queue, &bytes(size));
                    pushed.extend(frame(&bytes(size)));
                }
                Step::Encoded(size) => {
                    queue.push(Frame::Encoded(&bytes(size)));
                    pushed.extend(bytes(size));
                }
                Step::Shared(size) => {
                    queue.push(Frame::Shared(&bytes(size).into()));
                    pushed.extend(bytes(size));
                }
                Step::Large(size) => {
                    queue.push(Frame::Large(header(size), &bytes(size).into()));
                    pushed.extend(frame(&bytes(size)));
                }
                Step::Advance(most) => {
                    let mut slices = [IoSlice::new(&[]); 3];
                    let filled = queue.peek(&mut slices);
                    let next = slices[..filled].iter().flat_map(|slice| slice.to_vec());
                    let next: Vec<u8> = next.take(most).collect();
                    queue.advance(next.len());
                    written.extend(next);
                }
                Step::Take(most) => written.extend(queue.take(most).unwrap_or_default()),
            }
            prop_assert_eq!(queue.len(), pushed.len() - written.len());
            if let Some(piece) = queue.only_piece() {
                prop_assert_eq!(piece, &pushed[written.len()..]);
            }
        }
        written.extend(drain(&mut queue, 1 << 20));
        prop_assert!(written == pushed);
    }
}

#[test]
fn what_many_queues_are_given_is_copied_by_none_that_was_empty() {
    let frames = Bytes::from(vec![1; 100]);
    let mut queue = Queue::default();
    queue.push(Frame::Shared(&frames));
    let taken = queue.take(1_000).unwrap();
    assert_eq!(taken.as_ptr(), frames.as_ptr());
}
