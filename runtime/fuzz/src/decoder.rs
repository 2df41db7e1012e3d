//! However a stream of bytes is cut into reads, the decoder yields the same events.

use arbitrary::Arbitrary;

use crate::protocol::{Decoder, Event, Kind, Limits, Payload, ProtocolError, ReceivedClose};

/// A stream, and the reads that it arrives in.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    limit: u16,
    compression: bool,
    /// The lengths of the reads in bytes. They repeat until the stream ends.
    reads: [u8; 8],
    stream: &'a [u8],
}

/// An event that outlives its buffers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Message(Kind, bool, Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
    Error(ProtocolError),
}

/// Decodes the stream in one piece, byte by byte, and in the given reads.
pub fn check(input: Input<'_>) {
    let limit = usize::from(input.limit);
    let limits = limits(limit, input.compression);
    let whole = decode(limits, [input.stream]);
    for seen in &whole {
        if let Seen::Message(kind, compressed, payload) = seen {
            assert!(payload.len() <= limit);
            assert!(input.compression || !compressed);
            assert!(*kind == Kind::Binary || *compressed || str::from_utf8(payload).is_ok());
        }
    }
    assert_eq!(decode(limits, input.stream.chunks(1)), whole);
    assert_eq!(
        decode(limits, reads(input.stream, &input.reads.map(u16::from))),
        whole
    );
}

/// Any number of frames may make a message.
pub(crate) fn limits(max_message_size: usize, compression: bool) -> Limits {
    Limits {
        max_message_size,
        max_frames: u32::MAX,
        compression,
    }
}

/// Cuts a stream into reads of these lengths, which repeat.
pub(crate) fn reads<'a>(mut stream: &'a [u8], lens: &[u16]) -> Vec<&'a [u8]> {
    let mut reads = Vec::new();
    for len in lens.iter().cycle() {
        if stream.is_empty() || lens.iter().all(|len| *len == 0) {
            break;
        }
        let (read, rest) = stream.split_at(stream.len().min((*len).into()));
        reads.push(read);
        stream = rest;
    }
    reads.push(stream);
    reads
}

/// Decodes one read after the other, up to an error or a Close frame.
pub(crate) fn decode<'a>(
    limits: Limits,
    reads: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Seen> {
    let mut decoder = Decoder::default();
    let mut seen = Vec::new();
    for read in reads {
        let mut buffer = read.to_vec();
        let mut unread = &mut buffer[..];
        while !matches!(seen.last(), Some(Seen::Error(_) | Seen::Close(_))) {
            let (consumed, event) = match decoder.decode(unread, limits) {
                Ok(decoded) => (decoded.consumed, decoded.event.map(Seen::from)),
                Err(error) => (unread.len(), Some(Seen::Error(error))),
            };
            let Some(event) = event else {
                assert_eq!(consumed, unread.len(), "without an event all is consumed");
                break;
            };
            seen.push(event);
            unread = &mut unread[consumed..];
        }
    }
    seen
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Message {
                kind,
                compressed,
                payload,
            } => Self::Message(kind, compressed, bytes_of(&payload).to_vec()),
            Event::Ping(payload) => Self::Ping(payload.to_vec()),
            Event::Pong(payload) => Self::Pong(payload.to_vec()),
            Event::Close(close) => {
                Self::Close(close.map(|ReceivedClose { code, reason }| (code, reason.to_owned())))
            }
        }
    }
}

fn bytes_of<'p>(payload: &'p Payload<'_>) -> &'p [u8] {
    match payload {
        Payload::Text(text) => text.as_bytes(),
        Payload::Bytes(bytes) => bytes,
        Payload::Owned(bytes) => bytes,
    }
}
