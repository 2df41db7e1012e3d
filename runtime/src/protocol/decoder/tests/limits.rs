//! The limit on the size of a message, and the memory that an incomplete message takes.

use super::*;

#[test]
fn the_limit_is_on_the_sum_of_the_fragments() {
    let outcome = |limit, parts: &[usize]| {
        let last = parts.len() - 1;
        let frames: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(i, length)| {
                let opcode = if i == 0 {
                    Opcode::Binary
                } else {
                    Opcode::Continuation
                };
                ClientFrame::new(opcode, vec![1; *length]).fin(i == last)
            })
            .collect();
        Outcome::of(&mut Limited::new(limit, false), [&concat(&frames)[..]])
    };
    for parts in [
        &[1000][..],
        &[1, 999],
        &[999, 1],
        &[1000, 0],
        &[333, 333, 334],
    ] {
        for limit in [1000, 1001] {
            assert_eq!(outcome(limit, parts).events, [Seen::binary([1; 1000])]);
        }
        assert_eq!(
            outcome(999, parts).error,
            Some(ProtocolError::MessageTooBig)
        );
    }
    // The limit applies to each message alone, and control frames do not count.
    let frames = [
        ClientFrame::binary("1234"),
        ClientFrame::new(Opcode::Ping, [0; 125]),
    ];
    let bytes = concat(&[frames.clone(), frames].concat());
    assert_eq!(
        Outcome::of(&mut Limited::new(4, false), [&bytes[..]])
            .events
            .len(),
        4
    );
}

#[test]
fn the_limit_on_frames_is_exact_and_starts_anew_with_every_message() {
    let part = |opcode, fin| ClientFrame::new(opcode, "").fin(fin);
    // A message in `frames` frames, with pings in between.
    let message = |frames: usize| {
        let parts = (1..=frames).flat_map(|number| {
            let opcode = match number {
                1 => Opcode::Text,
                _ => Opcode::Continuation,
            };
            [
                ClientFrame::new(Opcode::Ping, ""),
                part(opcode, number == frames),
            ]
        });
        concat(&parts.collect::<Vec<_>>())
    };
    let decoder = || decoder().with_max_frames(3);
    for frames in 1..=3 {
        let bytes = message(frames).repeat(2);
        let outcome = Outcome::of(&mut decoder(), [&bytes[..]]);
        assert_eq!(outcome.error, None);
        let messages = outcome
            .events
            .iter()
            .filter(|seen| **seen == Seen::text(""));
        assert_eq!(messages.count(), 2);
    }
    for reads in [message(4).chunks(1), message(4).chunks(1000)] {
        let outcome = Outcome::of(&mut decoder(), reads);
        assert_eq!(outcome.error, Some(ProtocolError::TooManyFrames));
    }
    let one = decoder().with_max_frames(1);
    let outcome = Outcome::of(&mut { one }, [&message(2)[..]]);
    assert_eq!(outcome.error, Some(ProtocolError::TooManyFrames));
}

#[test]
fn a_frame_too_many_is_refused_by_its_header() {
    let mut decoder = decoder().with_max_frames(1);
    let mut first = ClientFrame::binary("a").fin(false).bytes();
    decoder.decode(&mut first).unwrap();
    let mut header = ClientFrame::new(Opcode::Continuation, "").header(1000);
    assert_eq!(
        decoder.decode(&mut header).unwrap_err(),
        ProtocolError::TooManyFrames
    );
}

#[test]
fn too_much_is_refused_before_it_is_kept() {
    let mut decoder = Limited::new(1000, false);
    let mut header = ClientFrame::binary("").header(1001);
    assert_eq!(
        decoder.decode(&mut header).unwrap_err(),
        ProtocolError::MessageTooBig
    );
    assert_eq!(decoder.capacity(), None);
}

#[test]
fn an_announcement_alone_costs_nothing() {
    let mut decoder = decoder();
    decoder
        .decode(&mut ClientFrame::binary("").header(LIMIT))
        .unwrap();
    assert_eq!(decoder.capacity(), Some(0));
    decoder.decode(&mut [0]).unwrap();
    let capacity = decoder.capacity().unwrap();
    assert_eq!(capacity, 16 * 1024);
}

#[test]
fn a_message_in_one_frame_takes_exactly_its_length() {
    let bytes = ClientFrame::binary(vec![5; 100_000]).bytes();
    let mut decoder = decoder();
    let reads: Vec<_> = bytes.chunks(1400).collect();
    let (last, others) = reads.split_last().unwrap();
    assert!(
        Outcome::of(&mut decoder, others.iter().copied())
            .events
            .is_empty()
    );
    assert_eq!(decoder.capacity(), Some(100_000));

    let outcome = Outcome::of(&mut decoder, [*last]);
    assert_eq!(outcome.events, [Seen::binary(vec![5; 100_000])]);
    assert_eq!(decoder.capacity(), None);
}

#[test]
fn small_fragments_do_not_copy_the_message_over_and_over() {
    let mut decoder = decoder();
    let mut capacities = Vec::new();
    for i in 0..10_000 {
        let opcode = if i == 0 {
            Opcode::Binary
        } else {
            Opcode::Continuation
        };
        let mut bytes = ClientFrame::new(opcode, [1]).fin(false).bytes();
        decoder.decode(&mut bytes).unwrap();
        capacities.push(decoder.capacity());
    }
    capacities.dedup();
    assert!(capacities.len() <= 16, "{capacities:?}");
}
