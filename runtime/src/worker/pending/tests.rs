use proptest::prelude::*;

use super::*;
use crate::{
    message::Kind,
    protocol::{append_frame, message_in},
};

fn frames_for(pending: &Pending, key: Key, form: Form) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let mut traffic = Traffic::default();
    let left_out = pending.left_out(key);
    pending.runs_but(left_out, form, |run| {
        let mut of_run = Vec::new();
        run.each(|number, frame| {
            let mut bytes = Vec::new();
            frame.write_to(&mut bytes);
            // The message of a frame is the same in every form.
            assert_eq!(frame.message(), message_in(pending.plain.get(number)));
            of_run.push(bytes);
        });
        let mut whole = Vec::new();
        run.whole().write_to(&mut whole);
        assert_eq!(whole, of_run.concat());
        frames.extend(of_run);
        traffic += run.traffic();
    });
    assert_eq!(traffic.messages, frames.len() as u64);
    traffic += pending.traffic_of(left_out);
    assert_eq!(traffic, pending.traffic());
    frames
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    append_frame(&mut frame, Kind::Binary.into(), false, message);
    frame
}

#[test]
fn another_topic_and_too_many_bytes_are_not_admitted() {
    let mut pending = Pending::default();
    assert!(
        pending.admits(Name::new("a"), MOST_BYTES + 1),
        "the first may be of any size"
    );
    pending.push(Name::new("a"), Frame::Encoded(&[0; 1000]), None, &[]);
    assert!(!pending.admits(Name::new("b"), 1));
    assert!(pending.admits(Name::new("a"), MOST_BYTES - 1000));
    assert!(!pending.admits(Name::new("a"), MOST_BYTES - 999));
    pending.clear();
    assert!(pending.admits(Name::new("b"), 1));
}

#[test]
fn too_many_frames_are_not_admitted() {
    let mut pending = Pending::default();
    for _ in 0..MOST_FRAMES {
        assert!(pending.admits(Name::new("a"), 2));
        pending.push(Name::new("a"), Frame::Encoded(b"\x81\0"), None, &[1]);
    }
    assert!(!pending.admits(Name::new("a"), 2));
}

#[test]
fn each_is_given_compressed_what_it_takes_so() {
    let mut pending = Pending::default();
    for (len, deflate) in [(50, true), (100, true), (200, false), (300, true)] {
        let frame = framed(&vec![b'x'; len]);
        let deflated = deflate.then(Deflated::default);
        pending.push(
            Name::new("t"),
            Frame::Encoded(&frame),
            deflated.as_ref(),
            &[],
        );
    }
    pending.prepare(9);
    for (lengths, expected) in [
        (None, [false, false, false, false]),
        (Some(51..=usize::MAX), [false, true, false, true]),
        (Some(50..=256), [true, true, false, false]),
        (Some(100..=299), [false, true, false, false]),
        (Some(101..=299), [false, false, false, false]),
        (Some(51..=usize::MAX), [false, true, false, true]),
    ] {
        let form = pending.form_for(|| lengths.clone());
        let is_changed = expected.contains(&true);
        assert_eq!(matches!(form, Form::Packed(_)), is_changed, "{lengths:?}");
        let frames = frames_for(&pending, 0, form);
        let compressed: Vec<_> = frames.iter().map(|it| message_in(it).is_none()).collect();
        assert_eq!(compressed, expected, "{lengths:?}");
    }
    assert_eq!(pending.packed.len(), 4, "one for each who differs");
}

#[test]
fn what_does_not_become_shorter_stays_as_it_is() {
    let mut pending = Pending::default();
    let frame = framed(b"abc");
    pending.push(
        Name::new("t"),
        Frame::Encoded(&frame),
        Some(&Deflated::default()),
        &[],
    );
    pending.prepare(1);
    let form = pending.form_for(|| Some(1..=usize::MAX));
    assert!(matches!(form, Form::Plain));
    assert_eq!(frames_for(&pending, 0, form), [frame]);
}

#[test]
fn nothing_is_kept_of_what_was_pending() {
    let mut pending = Pending::default();
    let frame = framed(&[b'x'; 100]);
    pending.push(
        Name::new("t"),
        Frame::Encoded(&frame),
        Some(&Deflated::default()),
        &[1],
    );
    pending.prepare(2);
    pending.form_for(|| Some(1..=usize::MAX));
    pending.clear();
    assert!(pending.is_empty());
    pending.push(Name::new("t"), Frame::Encoded(&frame), None, &[]);
    pending.prepare(2);
    let form = pending.form_for(|| Some(1..=usize::MAX));
    assert!(matches!(form, Form::Plain));
    assert_eq!(frames_for(&pending, 1, form), [frame]);
}

proptest! {
    #[test]
    fn everybody_gets_all_frames_in_order_but_their_own(
        published in prop::collection::vec(
            ((prop::option::of(0..3usize), prop::option::of(3..5usize)), 1..200usize, any::<bool>()),
            1..30,
        )
    ) {
        let mut pending = Pending::default();
        for (number, (excepted, len, deflate)) in published.iter().enumerate() {
            let frame = framed(&vec![number as u8; *len]);
            let deflated = deflate.then(Deflated::default);
            let excepted: Vec<_> = <[_; 2]>::from(*excepted).into_iter().flatten().collect();
            pending.push(Name::new("t"), Frame::Encoded(&frame), deflated.as_ref(), &excepted);
        }
        pending.prepare(6);
        for (key, lengths) in (0..6).flat_map(|key| [(key, None), (key, Some(20..=150))]) {
            let form = pending.form_for(|| lengths.clone());
            let expected: Vec<_> = published
                .iter()
                .enumerate()
                .filter(|(_, (excepted, ..))| !<[_; 2]>::from(*excepted).contains(&Some(key)))
                .map(|(number, (_, len, deflate))| {
                    let frame = framed(&vec![number as u8; *len]);
                    let plain = Frame::Encoded(&frame);
                    let takes = lengths.as_ref().is_some_and(|it| it.contains(len));
                    let deflated = Deflated::default();
                    let packed = (takes && *deflate).then(|| deflated.frame(&plain));
                    packed.flatten().map_or(frame.clone(), |packed| packed.to_vec())
                })
                .collect();
            prop_assert_eq!(frames_for(&pending, key, form), expected);
        }
    }
}
