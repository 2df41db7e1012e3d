//! Counts the messages that arrive, by their headers.

use std::{fmt, ops::RangeInclusive};

use super::{
    Kind,
    frames::{CLOSE, COMPRESSED, LENGTH, MASKED, MAX_HEADER, OPCODE, header, lengths},
};

/// Counts the messages that arrive on a connection. Their kind and length are known beforehand.
///
/// It reads headers only. The first message of every connection is compared byte for byte before
/// the counting begins.
#[derive(Debug)]
pub(crate) struct FrameCounter {
    expected: Expected,
    /// The beginning of a header whose end has not arrived.
    partial: [u8; MAX_HEADER],
    partial_len: usize,
    /// How many bytes of the current payload have not arrived.
    missing: usize,
    /// Whether the current payload belongs to a message, not to a control frame.
    counts: bool,
}

/// The expected form of each message.
#[derive(Debug)]
enum Expected {
    /// All messages have the same header.
    Same {
        header: [u8; MAX_HEADER],
        header_len: usize,
        /// Header and payload.
        frame_len: usize,
    },
    /// Every message begins with `first`, and the length of its payload is in this range.
    Varying {
        first: u8,
        lengths: RangeInclusive<usize>,
    },
}

/// The result of parsing a header.
enum Header {
    /// The header of a message: the lengths of the header and of the payload.
    Message(usize, usize),
    /// The header of a ping or a pong, with the length of its payload.
    Control(usize),
    /// Its end has not arrived.
    Partial,
}

impl FrameCounter {
    /// A counter of messages with `length` bytes each.
    pub(crate) fn new(kind: Kind, length: usize) -> Self {
        let exact = header(kind.first_byte(), length);
        let mut header = [0; MAX_HEADER];
        header[..exact.len()].copy_from_slice(&exact);
        Self::of(Expected::Same {
            header,
            header_len: exact.len(),
            frame_len: exact.len() + length,
        })
    }

    /// A counter of compressed messages, whose compressed lengths are in this range.
    pub(super) fn compressed(kind: Kind, lengths: RangeInclusive<usize>) -> Self {
        Self::of(Expected::Varying {
            first: kind.first_byte() | COMPRESSED,
            lengths,
        })
    }

    fn of(expected: Expected) -> Self {
        Self {
            expected,
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
        loop {
            messages += self.expected.count_whole(&mut bytes);
            if bytes.is_empty() {
                return Ok(messages);
            }
            self.begin_frame(&mut bytes)?;
            messages += self.skip_payload(&mut bytes);
        }
    }

    /// Continues the frame that has begun to arrive.
    fn finish_frame(&mut self, bytes: &mut &[u8]) -> Result<u64, Unexpected> {
        if self.partial_len > 0 && !bytes.is_empty() {
            self.begin_frame(bytes)?;
        }
        Ok(self.skip_payload(bytes))
    }

    /// Takes a header off the bytes, or the part of it that has arrived.
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
            Header::Message(header_len, length) => (header_len, length, true),
            Header::Control(length) => (2, length, false),
        };
        self.partial_len = 0;
        self.missing = payload_len;
        self.counts = counts;
        *bytes = &bytes[header_len - known..];
        Ok(())
    }

    /// Parses the first bytes of `partial`.
    fn parse(&self, available: usize) -> Result<Header, Unexpected> {
        let header = &self.partial[..available];
        if let Some(of_message) = self.expected.parse(header) {
            return Ok(of_message);
        }
        match *header {
            [first] if first & OPCODE > CLOSE => Ok(Header::Partial),
            [first, second, ..] if first & OPCODE > CLOSE => {
                Ok(Header::Control(usize::from(second & LENGTH)))
            }
            _ => Err(Unexpected {
                header: header.to_vec(),
                expected: self.expected.to_string(),
            }),
        }
    }

    /// Takes payload off the bytes. Returns 1 if a message ends with it, else 0.
    fn skip_payload(&mut self, bytes: &mut &[u8]) -> u64 {
        let count = self.missing.min(bytes.len());
        *bytes = &bytes[count..];
        self.missing -= count;
        let ends = self.counts && self.missing == 0;
        self.counts &= !ends;
        u64::from(ends)
    }
}

impl Expected {
    /// Takes complete messages off the bytes, up to the first frame that is something else.
    fn count_whole(&self, bytes: &mut &[u8]) -> u64 {
        let mut messages = 0;
        let mut left = *bytes;
        match *self {
            Self::Same {
                header,
                header_len,
                frame_len,
            } => {
                let (first, more) = header[..header_len].split_at(2);
                let first = [first[0], first[1]];
                while let Some((frame, rest)) = left.split_at_checked(frame_len)
                    && let Some((start, after)) = frame.split_first_chunk()
                    && *start == first
                    // Nearly all headers have two bytes: this saves a call that compares nothing.
                    && (more.is_empty() || after.starts_with(more))
                {
                    messages += 1;
                    left = rest;
                }
            }
            Self::Varying {
                first,
                lengths: ref expected,
            } => {
                while left.first() == Some(&first)
                    && let Some((header_len, length)) = lengths(left)
                    && expected.contains(&length)
                    && let Some(rest) = left[header_len..].get(length..)
                {
                    messages += 1;
                    left = rest;
                }
            }
        }
        *bytes = left;
        messages
    }

    /// Parses the first bytes of a frame. Returns `None` if no expected message begins so.
    fn parse(&self, bytes: &[u8]) -> Option<Header> {
        match self {
            Self::Same {
                header,
                header_len,
                frame_len,
            } => {
                let header = &header[..*header_len];
                if bytes.starts_with(header) {
                    Some(Header::Message(*header_len, frame_len - header_len))
                } else {
                    header.starts_with(bytes).then_some(Header::Partial)
                }
            }
            Self::Varying {
                first,
                lengths: expected,
            } => {
                let is_masked = bytes.get(1).is_some_and(|second| second & MASKED != 0);
                if bytes.first() != Some(first) || is_masked {
                    return None;
                }
                match lengths(bytes) {
                    None => Some(Header::Partial),
                    Some((header_len, length)) => expected
                        .contains(&length)
                        .then_some(Header::Message(header_len, length)),
                }
            }
        }
    }
}

/// The expected beginning of a message.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same {
                header, header_len, ..
            } => write!(f, "{:02x?}", &header[..*header_len]),
            Self::Varying { first, lengths } => {
                let (least, most) = (lengths.start(), lengths.end());
                write!(f, "[{first:02x}] and a length from {least} to {most}")
            }
        }
    }
}

/// A frame that should not have come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unexpected {
    header: Vec<u8>,
    expected: String,
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header, expected } = self;
        if header.first().is_some_and(|byte| byte & OPCODE == CLOSE) {
            return write!(f, "the server sent a Close frame");
        }
        write!(f, "a frame begins with {header:02x?}, not with {expected}")
    }
}

impl std::error::Error for Unexpected {}

#[cfg(test)]
mod tests;
