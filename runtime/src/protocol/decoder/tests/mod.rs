mod limits;
mod properties;

use super::*;
use crate::protocol::{MAX_CONTROL_PAYLOAD, Opcode, Payload, ReceivedClose, client::ClientFrame};

const LIMIT: usize = 1 << 20;

/// An event that owns its content.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Message {
        kind: Kind,
        compressed: bool,
        payload: Vec<u8>,
    },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

impl Seen {
    fn text(text: &str) -> Self {
        Self::Message {
            kind: Kind::Text,
            compressed: false,
            payload: text.into(),
        }
    }

    fn binary(payload: impl Into<Vec<u8>>) -> Self {
        Self::Message {
            kind: Kind::Binary,
            compressed: false,
            payload: payload.into(),
        }
    }
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Message {
                kind,
                compressed,
                payload,
            } => Self::Message {
                kind,
                compressed,
                payload: match payload {
                    Payload::Text(text) => text.as_bytes().to_vec(),
                    Payload::Bytes(bytes) => bytes.to_vec(),
                    Payload::Owned(bytes) => bytes.to_vec(),
                },
            },
            Event::Ping(payload) => Self::Ping(payload.to_vec()),
            Event::Pong(payload) => Self::Pong(payload.to_vec()),
            Event::Close(close) => {
                Self::Close(close.map(|ReceivedClose { code, reason }| (code, reason.to_owned())))
            }
        }
    }
}

/// A decoder, and the limits of its connection.
struct Limited {
    decoder: Decoder,
    limits: Limits,
}

impl Limited {
    fn new(max_message_size: usize, compression: bool) -> Self {
        let limits = Limits {
            max_message_size,
            max_frames: u32::MAX,
            compression,
        };
        let decoder = Decoder::default();
        Self { decoder, limits }
    }

    fn with_max_frames(mut self, max_frames: u32) -> Self {
        self.limits.max_frames = max_frames;
        self
    }

    fn decode<'a>(&'a mut self, input: &'a mut [u8]) -> Result<Decoded<'a>, ProtocolError> {
        self.decoder.decode(input, self.limits)
    }

    /// The memory of the message that is not complete, if there is one.
    fn capacity(&self) -> Option<usize> {
        self.decoder.message().map(PartialMessage::capacity)
    }
}

/// The events of a stream of bytes, and its error.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    events: Vec<Seen>,
    error: Option<ProtocolError>,
}

impl Outcome {
    /// Decodes the reads one after the other, up to an error or a Close frame.
    fn of<'a>(decoder: &mut Limited, reads: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut outcome = Self::default();
        for read in reads {
            if outcome.is_over() || !outcome.add(decoder, read) {
                break;
            }
        }
        outcome
    }

    /// Decodes one read. Returns whether the decoder may still be used.
    fn add(&mut self, decoder: &mut Limited, read: &[u8]) -> bool {
        let mut buffer = read.to_vec();
        let mut input = &mut buffer[..];
        while !self.is_over() {
            match decoder.decode(input) {
                Ok(Decoded {
                    consumed,
                    event: Some(event),
                }) => {
                    self.events.push(event.into());
                    input = &mut input[consumed..];
                }
                Ok(Decoded {
                    consumed,
                    event: None,
                }) => {
                    assert_eq!(consumed, input.len(), "without an event all is consumed");
                    return true;
                }
                Err(error) => self.error = Some(error),
            }
        }
        false
    }

    fn is_over(&self) -> bool {
        self.error.is_some() || matches!(self.events.last(), Some(Seen::Close(_)))
    }
}

fn decoder() -> Limited {
    Limited::new(LIMIT, false)
}

fn decode(bytes: &[u8]) -> Outcome {
    Outcome::of(&mut decoder(), [bytes])
}

/// Feeds single bytes. Returns how many were fed when the error came.
fn bytes_until_error(bytes: &[u8]) -> (usize, ProtocolError) {
    let mut decoder = decoder();
    let mut outcome = Outcome::default();
    let taken = bytes
        .iter()
        .take_while(|byte| outcome.add(&mut decoder, &[**byte]))
        .count();
    (taken + 1, outcome.error.unwrap())
}

fn concat(frames: &[ClientFrame]) -> Vec<u8> {
    frames.iter().flat_map(ClientFrame::bytes).collect()
}

#[test]
fn a_decoder_keeps_nothing_between_two_messages() {
    assert_eq!(size_of::<Decoder>(), 8);
    let bytes = concat(&[
        ClientFrame::new(Opcode::Ping, "1"),
        ClientFrame::text("2").fin(false),
        ClientFrame::new(Opcode::Ping, "3"),
        ClientFrame::new(Opcode::Continuation, "4"),
    ]);
    for chunk in 1..bytes.len() {
        let mut decoder = decoder();
        assert!(decoder.decoder.partial.is_none());
        let outcome = Outcome::of(&mut decoder, bytes.chunks(chunk));
        assert_eq!(outcome.events.len(), 3);
        assert!(decoder.decoder.partial.is_none(), "{chunk}");
    }
}

#[test]
fn messages_of_every_length_arrive_whole_and_in_two_reads() {
    for length in [0, 1, 2, 125, 126, 127, 65_535, 65_536] {
        let payload: Vec<u8> = (0..length).map(|i| i as u8).collect();
        let bytes = ClientFrame::binary(payload.clone()).bytes();
        let expected = [Seen::binary(payload)];

        assert_eq!(decode(&bytes).events, expected);
        for at in [0, 1, 2, 5, 6, bytes.len() / 2, bytes.len() - 1, bytes.len()] {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(
                Outcome::of(&mut decoder(), [head, tail]).events,
                expected,
                "{length} {at}"
            );
        }
    }
}

#[test]
fn a_whole_message_borrows_from_the_input() {
    let mut bytes = ClientFrame::text("Hello").bytes();
    let range = bytes.as_ptr_range();
    let mut decoder = decoder();
    match decoder.decode(&mut bytes).unwrap().event {
        Some(Event::Message {
            payload: Payload::Text(payload),
            ..
        }) => {
            assert!(range.contains(&payload.as_ptr()));
            assert_eq!(payload, "Hello");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_borrows_even_if_its_header_was_cut() {
    let bytes = ClientFrame::text("Hello").bytes();
    let mut decoder = decoder();
    decoder.decode(&mut bytes[..3].to_vec()).unwrap();
    match decoder.decode(&mut bytes[3..].to_vec()).unwrap().event {
        Some(Event::Message {
            payload: Payload::Text(payload),
            ..
        }) => {
            assert_eq!(payload, "Hello");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_event_at_a_time() {
    let frames = [
        ClientFrame::text("one"),
        ClientFrame::new(Opcode::Ping, "2"),
        { ClientFrame::binary("three") },
    ];
    let mut bytes = concat(&frames);
    let mut decoder = decoder();
    let first = decoder.decode(&mut bytes).unwrap();
    assert_eq!(first.consumed, frames[0].bytes().len());
    assert_eq!(first.event.map(Seen::from), Some(Seen::text("one")));
}

#[test]
fn no_input_is_no_event() {
    assert_eq!(decode(b""), Outcome::default());
}

#[test]
fn control_frames_are_events_of_their_own() {
    let bytes = concat(&[
        ClientFrame::new(Opcode::Ping, ""),
        ClientFrame::new(Opcode::Ping, [7; 125]),
        ClientFrame::new(Opcode::Pong, "unasked"),
        ClientFrame::close(1000, "bye"),
    ]);
    let expected = [
        Seen::Ping(vec![]),
        Seen::Ping(vec![7; 125]),
        Seen::Pong(b"unasked".to_vec()),
        Seen::Close(Some((1000, "bye".to_owned()))),
    ];
    assert_eq!(decode(&bytes).events, expected);
    assert_eq!(
        Outcome::of(&mut decoder(), bytes.chunks(1)).events,
        expected
    );
}

#[test]
fn close_frames_are_checked() {
    let close = |payload: &[u8]| decode(&ClientFrame::new(Opcode::Close, payload).bytes());
    assert_eq!(close(b"").events, [Seen::Close(None)]);
    assert_eq!(close(b"\x03").error, Some(ProtocolError::CloseTooShort));
    assert_eq!(
        close(b"\x03\xec").error,
        Some(ProtocolError::InvalidCloseCode)
    );
    assert_eq!(
        close(b"\x03\xe8\xff").error,
        Some(ProtocolError::InvalidUtf8)
    );
}

#[test]
fn fragments_are_joined_around_control_frames() {
    let bytes = concat(&[
        ClientFrame::text("fra").fin(false),
        ClientFrame::new(Opcode::Ping, "in between"),
        ClientFrame::new(Opcode::Continuation, "").fin(false),
        ClientFrame::new(Opcode::Continuation, "gme")
            .fin(false)
            .key([0; 4]),
        ClientFrame::new(Opcode::Pong, ""),
        ClientFrame::new(Opcode::Continuation, "nts"),
        ClientFrame::text("next"),
    ]);
    let expected = [
        Seen::Ping(b"in between".to_vec()),
        Seen::Pong(vec![]),
        Seen::text("fragments"),
        Seen::text("next"),
    ];
    assert_eq!(decode(&bytes).events, expected);
    assert_eq!(
        Outcome::of(&mut decoder(), bytes.chunks(1)).events,
        expected
    );
}

#[test]
fn empty_fragments_make_an_empty_message() {
    let bytes = concat(&[
        ClientFrame::text("").fin(false),
        ClientFrame::new(Opcode::Continuation, "").fin(false),
        ClientFrame::new(Opcode::Continuation, ""),
    ]);
    assert_eq!(decode(&bytes).events, [Seen::text("")]);
}

#[test]
fn a_character_may_be_cut_by_a_fragment_but_not_by_the_end() {
    let euro = "€".as_bytes();
    let start = ClientFrame::new(Opcode::Text, &euro[..1]).fin(false);
    let rest = ClientFrame::new(Opcode::Continuation, &euro[1..]);
    let half = ClientFrame::new(Opcode::Continuation, &euro[1..2]);
    assert_eq!(
        decode(&concat(&[start.clone(), rest])).events,
        [Seen::text("€")]
    );
    let outcome = decode(&concat(&[start, half]));
    assert_eq!(outcome.error, Some(ProtocolError::InvalidUtf8));
}

#[test]
fn bad_text_is_refused_before_its_frame_is_complete() {
    let mut payload = "κόσμε".as_bytes().to_vec();
    let good = payload.len();
    payload.extend(b"\xf4\x90\x80\x80edited");
    let bytes = ClientFrame::new(Opcode::Text, payload.clone()).bytes();
    assert_eq!(decode(&bytes).error, Some(ProtocolError::InvalidUtf8));
    // The header, the valid text, and the two bytes that can only begin a character above U+10FFFF.
    assert_eq!(
        bytes_until_error(&bytes),
        (6 + good + 2, ProtocolError::InvalidUtf8)
    );

    let binary = ClientFrame::binary(payload.clone()).bytes();
    assert_eq!(decode(&binary).events, [Seen::binary(payload)]);
}

#[test]
fn compressed_text_is_not_checked() {
    let payload = b"\xff\xfe".to_vec();
    let message = Seen::Message {
        kind: Kind::Text,
        compressed: true,
        payload: payload.clone(),
    };
    let whole = ClientFrame::new(Opcode::Text, payload.clone())
        .rsv(4)
        .bytes();
    let fragments = concat(&[
        ClientFrame::new(Opcode::Text, &payload[..1])
            .rsv(4)
            .fin(false),
        ClientFrame::new(Opcode::Continuation, &payload[1..]),
    ]);
    for bytes in [whole, fragments] {
        let mut decoder = Limited::new(2, true);
        let outcome = Outcome::of(&mut decoder, [&bytes[..]]);
        assert_eq!(outcome.events, std::slice::from_ref(&message));

        let mut decoder = Limited::new(1, true);
        let outcome = Outcome::of(&mut decoder, [&bytes[..]]);
        assert_eq!(outcome.error, Some(ProtocolError::MessageTooBig));
    }
}

#[test]
fn the_first_wrong_byte_is_the_error() {
    let ping = ClientFrame::new(Opcode::Ping, "ok").bytes();
    let start = ClientFrame::text("a").fin(false).bytes();
    let text = ClientFrame::text("b").bytes();
    let continuation = ClientFrame::new(Opcode::Continuation, "c").bytes();
    let cases = [
        (
            vec![ping.clone(), vec![0xc1]],
            1,
            ProtocolError::ReservedBits,
        ),
        (
            vec![ping.clone(), vec![0x83]],
            1,
            ProtocolError::ReservedOpcode,
        ),
        (
            vec![ping.clone(), vec![0x81, 0x05]],
            2,
            ProtocolError::Unmasked,
        ),
        (
            vec![ping.clone(), continuation.clone()],
            1,
            ProtocolError::NothingToContinue,
        ),
        (
            vec![start.clone(), text],
            1,
            ProtocolError::MessageNotComplete,
        ),
        (
            vec![start, continuation.clone(), continuation],
            1,
            ProtocolError::NothingToContinue,
        ),
    ];
    for (frames, wrong, error) in cases {
        let before: usize = frames[..frames.len() - 1].iter().map(Vec::len).sum();
        assert_eq!(bytes_until_error(&frames.concat()), (before + wrong, error));
        assert_eq!(decode(&frames.concat()).error, Some(error));
    }
}
