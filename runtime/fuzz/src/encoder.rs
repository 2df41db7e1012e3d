//! A client can read the output of the encoder. The decoder can, too, once the output is masked.

use arbitrary::Arbitrary;

use crate::{
    client::{self, Reader},
    decoder::{Seen, decode, limits, reads},
    protocol::{Kind, Opcode, append_frame, close_payload, may_be_sent, message_in},
};

/// The messages, and the reads that they arrive in.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    key: [u8; 4],
    reads: [u16; 8],
    frames: Vec<Sent<'a>>,
}

#[derive(Arbitrary, Debug)]
enum Sent<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    /// The same byte, this many times.
    Long(u8, u32),
    Ping(&'a [u8]),
    Pong(&'a [u8]),
    Close(u16, &'a str),
}

const LONGEST: u32 = 70_000;
const LIMIT: usize = 1 << 20;

/// Encodes the messages, reads them as a client, then masks and decodes them.
pub fn check(input: Input<'_>) {
    let mut wire = Vec::new();
    for sent in &input.frames {
        let (opcode, payload) = frame(sent);
        let start = wire.len();
        append_frame(&mut wire, opcode, false, &payload);
        let kind = match opcode {
            Opcode::Text => Some(Kind::Text),
            Opcode::Binary => Some(Kind::Binary),
            _ => None,
        };
        let message = kind.map(|kind| (kind, &payload[..]));
        assert_eq!(message_in(&wire[start..]), message);
        if opcode == Opcode::Close {
            break;
        }
    }
    let mut reader = Reader::default();
    let frames = reader.read(&wire);
    assert!(reader.is_between_frames());
    let count = frames.len();
    let masked: Vec<u8> = frames
        .iter()
        .flat_map(|frame| frame.masked(input.key))
        .collect();
    let expected: Vec<Seen> = frames.into_iter().map(seen).collect();
    let decoded = decode(limits(LIMIT, false), reads(&masked, &input.reads));
    assert_eq!(decoded, expected);
    let sent = input.frames.iter().map(|sent| seen(to_frame(sent)));
    assert_eq!(sent.take(count).collect::<Vec<_>>(), expected);
}

fn frame(sent: &Sent<'_>) -> (Opcode, Vec<u8>) {
    let control = |bytes: &[u8]| bytes[..bytes.len().min(125)].to_vec();
    match sent {
        Sent::Text(text) => (Opcode::Text, text.as_bytes().to_vec()),
        Sent::Binary(bytes) => (Opcode::Binary, bytes.to_vec()),
        Sent::Long(byte, len) => (Opcode::Binary, vec![*byte; (len % LONGEST) as usize]),
        Sent::Ping(bytes) => (Opcode::Ping, control(bytes)),
        Sent::Pong(bytes) => (Opcode::Pong, control(bytes)),
        Sent::Close(code, reason) => {
            let payload = close_payload(may_be_sent(*code).then_some(*code), reason);
            (Opcode::Close, payload.as_bytes().to_vec())
        }
    }
}

fn to_frame(sent: &Sent<'_>) -> client::Frame {
    let (opcode, payload) = frame(sent);
    let opcode = opcode.bits();
    client::Frame { opcode, payload }
}

fn seen(frame: client::Frame) -> Seen {
    let payload = frame.payload;
    match frame.opcode {
        client::TEXT => Seen::Message(Kind::Text, false, payload),
        client::PING => Seen::Ping(payload),
        client::PONG => Seen::Pong(payload),
        client::CLOSE => Seen::Close(payload.split_first_chunk().map(|(code, reason)| {
            let reason = str::from_utf8(reason).expect("the reader has checked it");
            (u16::from_be_bytes(*code), reason.to_owned())
        })),
        _ => Seen::Message(Kind::Binary, false, payload),
    }
}
