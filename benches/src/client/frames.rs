//! Frames of clients and of servers.

/// The kind of a frame (RFC 6455 sections 5.5 and 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
    /// The last frame of a connection, with a code and a reason.
    Close,
    /// Asks for a pong.
    Ping,
    /// Answers a ping, with the ping's payload.
    Pong,
}

impl Kind {
    pub(super) fn first_byte(self) -> u8 {
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
pub(super) const MASKED: u8 = 0x80;
pub(super) const OPCODE: u8 = 0x0f;
pub(super) const CLOSE: u8 = 8;
pub(super) const LENGTH: u8 = 0x7f;

/// Set in the first byte of a message whose payload is compressed (RFC 7692 section 6).
pub(super) const COMPRESSED: u8 = 0x40;

/// Any key but zero, so that servers have something to unmask.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The longest header of a frame from a server: two bytes and a 64-bit length.
pub(super) const MAX_HEADER: usize = 10;

/// A message or control frame as a client sends it: one masked frame.
pub(crate) fn client_frame(kind: Kind, payload: &[u8]) -> Vec<u8> {
    masked_frame(kind.first_byte(), payload)
}

/// A message with a compressed payload, as a client sends it.
pub(crate) fn compressed_client_frame(kind: Kind, compressed: &[u8]) -> Vec<u8> {
    masked_frame(kind.first_byte() | COMPRESSED, compressed)
}

fn masked_frame(first_byte: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first_byte, payload.len());
    frame[1] |= MASKED;
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(b, k)| b ^ k));
    frame
}

/// A message or control frame as a server sends it: one frame, not masked.
pub(crate) fn server_frame(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(kind.first_byte(), payload.len());
    frame.extend(payload);
    frame
}

/// The header of a frame that is not masked.
pub(super) fn header(first_byte: u8, length: usize) -> Vec<u8> {
    let mut header = vec![first_byte];
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

/// The lengths of the header and of the payload, from the first bytes of an unmasked frame. `None`
/// if more bytes are needed.
pub(super) fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes {
        [_, length @ 0..=125, ..] => Some((2, length.into())),
        [_, 126, a, b, ..] => Some((4, u16::from_be_bytes([a, b]).into())),
        [_, 127, a, b, c, d, e, f, g, h, ..] => {
            let length = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            Some((10, length.try_into().unwrap_or(usize::MAX)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(
            compressed_client_frame(Kind::Text, b"Hello")[1..],
            frame[1..]
        );
        assert_eq!(compressed_client_frame(Kind::Text, b"Hello")[0], 0xc1);
    }

    #[test]
    fn lengths_are_known_when_the_header_is_there() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let header = header(0x81, length);
            assert_eq!(lengths(&header), Some((header.len(), length)));
            assert_eq!(lengths(&header[..header.len() - 1]), None);
        }
        assert_eq!(lengths(&client_frame(Kind::Text, b"masked")), None);
    }
}
