//! Properties that hold for any stream of bytes, however it is cut into reads.

use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;

/// The memory that a decoder may hold in addition to twice the received part of a message.
const CONSTANT: usize = 16 * 1024;

/// A frame, and the event that it completes, if any.
#[derive(Clone, Debug)]
struct Sent {
    frame: ClientFrame,
    seen: Option<Seen>,
}

fn control() -> impl Strategy<Value = Sent> {
    (any::<bool>(), vec(any::<u8>(), 0..=MAX_CONTROL_PAYLOAD)).prop_map(|(ping, payload)| {
        let (opcode, seen) = if ping {
            (Opcode::Ping, Seen::Ping(payload.clone()))
        } else {
            (Opcode::Pong, Seen::Pong(payload.clone()))
        };
        Sent {
            frame: ClientFrame::new(opcode, payload),
            seen: Some(seen),
        }
    })
}

fn content() -> impl Strategy<Value = (Kind, Vec<u8>)> {
    prop_oneof![
        ".{0,60}".prop_map(|text| (Kind::Text, text.into_bytes())),
        vec(any::<u8>(), 0..400).prop_map(|bytes| (Kind::Binary, bytes)),
    ]
}

/// A message that is cut anywhere, with control frames between its parts.
fn message() -> impl Strategy<Value = Vec<Sent>> {
    (content(), vec((any::<Index>(), vec(control(), 0..3)), 0..4)).prop_map(|(content, cuts)| {
        let (kind, payload) = content;
        let mut cuts: Vec<_> = cuts
            .into_iter()
            .map(|(index, between)| (index.index(payload.len() + 1), between))
            .collect();
        cuts.sort_by_key(|(at, _)| *at);

        let mut sent = Vec::new();
        let mut start = 0;
        let mut opcode = Opcode::from(kind);
        for (at, between) in cuts {
            let frame = ClientFrame::new(opcode, &payload[start..at]).fin(false);
            sent.push(Sent { frame, seen: None });
            sent.extend(between);
            (start, opcode) = (at, Opcode::Continuation);
        }
        let frame = ClientFrame::new(opcode, &payload[start..]);
        let seen = Seen::Message {
            kind,
            compressed: false,
            payload,
        };
        sent.push(Sent {
            frame,
            seen: Some(seen),
        });
        sent
    })
}

/// The frames of a client that keeps to the protocol.
fn conversation() -> impl Strategy<Value = Vec<Sent>> {
    let turn = prop_oneof![3 => message(), 1 => control().prop_map(|sent| vec![sent])];
    (vec(turn, 0..5), vec(any::<[u8; 4]>(), 7)).prop_map(|(turns, keys)| {
        let keys = keys.into_iter().cycle();
        let sent = turns.into_iter().flatten().zip(keys);
        sent.map(|(sent, key)| Sent {
            frame: sent.frame.key(key),
            ..sent
        })
        .collect()
    })
}

fn bytes_of(conversation: &[Sent]) -> Vec<u8> {
    conversation
        .iter()
        .flat_map(|sent| sent.frame.bytes())
        .collect()
}

/// The bytes of a client, valid or not: random bytes, or a conversation in which one byte is
/// replaced.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let damaged = (conversation(), any::<Index>(), any::<u8>()).prop_map(|(sent, at, byte)| {
        let mut bytes = bytes_of(&sent);
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    });
    prop_oneof![vec(any::<u8>(), 0..200), damaged]
}

/// Cuts a stream into reads.
fn reads<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    let starts = std::iter::once(0).chain(ends.clone());
    starts
        .zip(ends)
        .map(|(start, end)| &bytes[start..end])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_is_sent_is_seen(sent in conversation(), cuts in vec(any::<Index>(), 0..12)) {
        let bytes = bytes_of(&sent);
        let mut decoder = decoder();
        let outcome = Outcome::of(&mut decoder, reads(&bytes, &cuts));
        let events = sent.into_iter().filter_map(|sent| sent.seen).collect();
        prop_assert_eq!(outcome, Outcome { events, error: None });
        prop_assert_eq!(decoder.capacity(), None);
    }

    #[test]
    fn any_cut_of_any_stream_is_seen_alike(
        bytes in stream(),
        cuts in vec(any::<Index>(), 0..12),
        limit in prop_oneof![Just(LIMIT), 0usize..300],
        compression: bool,
    ) {
        let new = || Limited::new(limit, compression);
        let whole = Outcome::of(&mut new(), [&bytes[..]]);
        prop_assert_eq!(&Outcome::of(&mut new(), reads(&bytes, &cuts)), &whole);
        prop_assert_eq!(&Outcome::of(&mut new(), bytes.chunks(1)), &whole);
    }

    #[test]
    fn memory_is_bounded_by_what_has_arrived(
        announced in vec((0usize..200_000, any::<bool>()), 1..6),
        arrived in 1usize..1500,
    ) {
        let limit = 400_000;
        let mut decoder = Limited::new(limit, false);
        let mut received = 0;
        let last = announced.len() - 1;
        for (i, (length, complete)) in announced.into_iter().enumerate() {
            let opcode = if i == 0 { Opcode::Binary } else { Opcode::Continuation };
            let frame = ClientFrame::new(opcode, vec![0; length]).fin(i == last).bytes();
            let bytes = if complete { &frame[..] } else { &frame[..arrived.min(frame.len())] };
            for read in bytes.chunks(arrived) {
                received += read.len();
                if Outcome::of(&mut decoder, [read]).error.is_some() {
                    return Ok(());
                }
                let held = decoder.capacity().unwrap_or(0);
                prop_assert!(held <= (2 * received + CONSTANT).min(limit), "{} {}", held, received);
            }
            if bytes.len() < frame.len() {
                break;
            }
        }
    }
}
