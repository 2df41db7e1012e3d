//! Frames as a client makes and counts them.

use std::fmt;

/// What a frame is (RFC 6455 sections 5.5 and 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
    /// The last of a connection: a code, and a reason.
    Close,
    /// To be answered by a pong.
    Ping,
    /// The payload of the ping that it answers.
    Pong,
}

impl Kind {
    fn first_byte(self) -> u8 {
        FIN | match self {
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => CLOSE,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }
}

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const OPCODE: u8 = 0x0f;
const CLOSE: u8 = 8;
const LENGTH: u8 = 0x7f;

/// Any key but zero, so that servers have something to unmask.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The longest header of a frame from a server: two bytes and a 64-bit length.
const MAX_HEADER: usize = 10;

/// A message or control frame as a client sends it: one masked frame.
pub(crate) fn client_frame(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(kind, payload.len());
    frame[1] |= MASKED;
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(b, k)| b ^ k));
    frame
}

/// A message or control frame as a server sends it: one frame, not masked.
pub(crate) fn server_frame(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(kind, payload.len());
    frame.extend(payload);
    frame
}

fn header(kind: Kind, length: usize) -> Vec<u8> {
    let mut header = vec![kind.first_byte()];
    match length {
        0..=125 => header.push(length as u8),
        126..=0xffff => {
            header.push(126);
            header.extend((length as u16).to_be_bytes());
        }
        _ => {
            header.push(127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header
}

/// Counts the messages that arrive on a connection, of which it knows the kind and the length.
///
/// It reads headers only: the first message of every connection is compared byte for byte before
/// the counting begins.
#[derive(Debug)]
pub(crate) struct FrameCounter {
    /// The header that each message has.
    expected: [u8; MAX_HEADER],
    expected_len: usize,
    /// Header and payload of a message.
    frame_len: usize,
    /// The beginning of a header whose end has not arrived.
    partial: [u8; MAX_HEADER],
    partial_len: usize,
    /// How much of the current payload has not arrived.
    missing: usize,
    /// Whether a message ends with it, rather than a control frame.
    counts: bool,
}

/// What a header turned out to be.
enum Header {
    /// That of a message, `usize` bytes before its payload.
    Message(usize),
    /// That of a ping or a pong, with this much payload.
    Control(usize),
    /// Its end has not arrived.
    Partial,
}

impl FrameCounter {
    /// A counter of messages with `length` bytes each.
    pub(crate) fn new(kind: Kind, length: usize) -> Self {
        let header = header(kind, length);
        let mut expected = [0; MAX_HEADER];
        expected[..header.len()].copy_from_slice(&header);
        Self {
            expected,
            expected_len: header.len(),
            frame_len: header.len() + length,
            partial: [0; MAX_HEADER],
            partial_len: 0,
            missing: 0,
            counts: false,
        }
    }

    /// How many messages end in the next bytes of the stream.
    ///
    /// # Errors
    ///
    /// Anything but a message as expected, a ping or a pong.
    pub(crate) fn advance(&mut self, mut bytes: &[u8]) -> Result<u64, Unexpected> {
        let mut messages = self.finish_frame(&mut bytes)?;
        let expected = self.expected;
        let (first, more) = expected[..self.expected_len].split_at(2);
        let first = [first[0], first[1]];
        loop {
            while let Some((frame, rest)) = bytes.split_at_checked(self.frame_len)
                && let Some((start, after)) = frame.split_first_chunk()
                && *start == first
                // Nearly all headers are of two bytes: no call to compare nothing.
                && (more.is_empty() || after.starts_with(more))
            {
                messages += 1;
                bytes = rest;
            }
            if bytes.is_empty() {
                return Ok(messages);
            }
            self.begin_frame(&mut bytes)?;
            messages += self.skip_payload(&mut bytes);
        }
    }

    /// Goes on with the frame that was arriving.
    fn finish_frame(&mut self, bytes: &mut &[u8]) -> Result<u64, Unexpected> {
        if self.partial_len > 0 && !bytes.is_empty() {
            self.begin_frame(bytes)?;
        }
        Ok(self.skip_payload(bytes))
    }

    /// Takes a header off, or what there is of it.
    fn begin_frame(&mut self, bytes: &mut &[u8]) -> Result<(), Unexpected> {
        let known = self.partial_len;
        let free = &mut self.partial[known..];
        let count = free.len().min(bytes.len());
        free[..count].copy_from_slice(&bytes[..count]);

        let available = known + count;
        let (header_len, payload_len, counts) = match self.parse(available)? {
            Header::Partial => {
                self.partial_len = available;
                *bytes = &bytes[count..];
                return Ok(());
            }
            Header::Message(length) => (length, self.frame_len - length, true),
            Header::Control(length) => (2, length, false),
        };
        self.partial_len = 0;
        self.missing = payload_len;
        self.counts = counts;
        *bytes = &bytes[header_len - known..];
        Ok(())
    }

    /// Judges the first bytes of `partial`.
    fn parse(&self, available: usize) -> Result<Header, Unexpected> {
        let header = &self.partial[..available];
        let expected = &self.expected[..self.expected_len];
        if header.starts_with(expected) {
            return Ok(Header::Message(expected.len()));
        }
        if expected.starts_with(header) {
            return Ok(Header::Partial);
        }
        match *header {
            [first] if first & OPCODE > CLOSE => Ok(Header::Partial),
            [first, second, ..] if first & OPCODE > CLOSE => {
                Ok(Header::Control(usize::from(second & LENGTH)))
            }
            _ => Err(Unexpected {
                header: header.to_vec(),
                expected: expected.to_vec(),
            }),
        }
    }

    /// Takes payload off, and says whether that was the end of a message.
    fn skip_payload(&mut self, bytes: &mut &[u8]) -> u64 {
        let count = self.missing.min(bytes.len());
        *bytes = &bytes[count..];
        self.missing -= count;
        let ends = self.counts && self.missing == 0;
        self.counts &= !ends;
        u64::from(ends)
    }
}

/// A frame that should not have come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unexpected {
    header: Vec<u8>,
    expected: Vec<u8>,
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header, expected } = self;
        if header.first().is_some_and(|byte| byte & OPCODE == CLOSE) {
            return write!(f, "the server sent a Close frame");
        }
        write!(
            f,
            "a frame begins with {header:02x?}, not with {expected:02x?}"
        )
    }
}

impl std::error::Error for Unexpected {}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: &[u8] = &[0x89, 2, b'h', b'i'];
    const CLOSING: &[u8] = &[0x88, 2, 0x03, 0xe8];

    fn stream(count: usize, kind: Kind, length: usize) -> Vec<u8> {
        server_frame(kind, &vec![b'a'; length]).repeat(count)
    }

    #[test]
    fn frames_of_every_header_length_are_counted_at_every_split() {
        for length in [0, 1, 125, 126, 300, 65_535, 65_536] {
            let bytes = stream(3, Kind::Binary, length);
            let splits: Vec<usize> = if bytes.len() < 1000 {
                (0..=bytes.len()).collect()
            } else {
                (0..=30).chain(bytes.len() - 30..=bytes.len()).collect()
            };
            for split in splits {
                let mut counter = FrameCounter::new(Kind::Binary, length);
                let (head, tail) = bytes.split_at(split);
                let first = counter.advance(head).unwrap();
                assert_eq!(
                    first,
                    (split / (bytes.len() / 3)) as u64,
                    "{length} {split}"
                );
                assert_eq!(
                    first + counter.advance(tail).unwrap(),
                    3,
                    "{length} {split}"
                );
            }
        }
    }

    #[test]
    fn single_bytes_are_enough() {
        let mut counter = FrameCounter::new(Kind::Text, 200);
        let bytes = stream(4, Kind::Text, 200);
        let total: u64 = bytes
            .chunks(1)
            .map(|byte| counter.advance(byte).unwrap())
            .sum();
        assert_eq!(total, 4);
    }

    #[test]
    fn pings_are_not_counted_wherever_they_are_split() {
        let message = stream(1, Kind::Text, 16);
        let bytes = [&message, PING, &message, PING].concat();
        for split in 0..=bytes.len() {
            let mut counter = FrameCounter::new(Kind::Text, 16);
            let (head, tail) = bytes.split_at(split);
            let total = counter.advance(head).unwrap() + counter.advance(tail).unwrap();
            assert_eq!(total, 2, "{split}");
        }
    }

    #[test]
    fn a_frame_of_another_kind_or_length_is_an_error() {
        let count = |bytes: &[u8]| FrameCounter::new(Kind::Text, 16).advance(bytes);
        assert_eq!(count(&stream(1, Kind::Text, 16)), Ok(1));
        assert!(count(&stream(1, Kind::Binary, 16)).is_err());
        assert!(count(&stream(1, Kind::Text, 15)).is_err());
        assert!(count(&stream(1, Kind::Text, 130)).is_err());
        // A fragment, and one that claims to be compressed.
        assert!(count(&[0x01, 16]).is_err());
        assert!(count(&[0xc1, 16]).is_err());
    }

    #[test]
    fn a_close_frame_is_named() {
        let mut counter = FrameCounter::new(Kind::Text, 16);
        let error = counter.advance(CLOSING).unwrap_err().to_string();
        assert!(error.contains("Close"), "{error}");
    }

    #[test]
    fn what_a_client_sends_is_masked() {
        let frame = client_frame(Kind::Text, b"Hello");
        // The example of RFC 6455 section 5.7.
        let expected = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        assert_eq!(frame, expected);
        assert_eq!(
            client_frame(Kind::Binary, &[0; 300])[..4],
            [0x82, 0xfe, 1, 44]
        );
    }
}
