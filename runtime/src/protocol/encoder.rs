use super::{
    Kind, MAX_SERVER_HEADER, Opcode,
    frame::{SHORT_LENGTH, read_length},
};

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;

/// The header of a frame that a server sends: final, and never masked (sections 5.1 and 5.2).
///
/// Messages are not fragmented on the way out, so there is no header without FIN.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    bytes: [u8; MAX_SERVER_HEADER],
    length: u8,
}

impl Header {
    /// The header of a frame with `payload_len` bytes of payload. `rsv1` marks a compressed message
    /// (RFC 7692 section 6). The caller keeps the payload of a control frame within
    /// [`MAX_CONTROL_PAYLOAD`](super::MAX_CONTROL_PAYLOAD).
    #[inline]
    pub(crate) fn new(opcode: Opcode, rsv1: bool, payload_len: usize) -> Self {
        let mut bytes = [0; MAX_SERVER_HEADER];
        bytes[0] = FIN | if rsv1 { RSV1 } else { 0 } | opcode.bits();
        let length = if payload_len <= 125 {
            bytes[1] = payload_len as u8;
            2
        } else if let Ok(short) = u16::try_from(payload_len) {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&short.to_be_bytes());
            4
        } else {
            bytes[1] = 127;
            bytes[2..10].copy_from_slice(&(payload_len as u64).to_be_bytes());
            10
        };
        Self { bytes, length }
    }

    /// The encoded header: 2, 4 or 10 bytes.
    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// Appends the frame to `out`: this header and then `payload`.
    #[inline]
    pub(crate) fn append_with(&self, payload: &[u8], out: &mut Vec<u8>) {
        out.reserve(MAX_SERVER_HEADER + payload.len());
        // Copying all ten bytes and truncating is cheaper than copying two or four: a constant
        // length compiles to two stores instead of a call.
        let end = out.len() + usize::from(self.length);
        out.extend_from_slice(&self.bytes);
        out.truncate(end);
        out.extend_from_slice(payload);
    }

    /// The kind of the message; `None` for a control frame or a compressed message.
    pub(crate) fn kind(&self) -> Option<Kind> {
        message_kind(self.bytes[0])
    }
}

/// Appends a complete frame to `out`.
#[inline]
pub(crate) fn append_frame(out: &mut Vec<u8>, opcode: Opcode, rsv1: bool, payload: &[u8]) {
    Header::new(opcode, rsv1, payload.len()).append_with(payload, out);
}

/// The length of the payload in a frame of `len` bytes, of a server.
#[inline]
pub(crate) fn payload_len_of(len: usize) -> usize {
    let header = match len {
        0..=127 => 2,
        128..=65539 => 4,
        _ => 10,
    };
    len.saturating_sub(header)
}

/// The message in a complete frame that this crate has encoded; `None` in the cases of
/// [`Header::kind`].
pub(crate) fn message_in(frame: &[u8]) -> Option<(Kind, &[u8])> {
    let [first, second, rest @ ..] = frame else {
        return None;
    };
    let (_, payload) = read_length(second & SHORT_LENGTH, rest).ok()??;
    Some((message_kind(*first)?, payload))
}

/// The kind of a message in one frame, from the first byte of the frame.
fn message_kind(first_byte: u8) -> Option<Kind> {
    match Opcode::from_bits(first_byte ^ FIN)? {
        Opcode::Text => Some(Kind::Text),
        Opcode::Binary => Some(Kind::Binary),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_frame_tells_that_of_its_payload() {
        for len in [0, 1, 125, 126, 127, 65534, 65535, 65536, 65537, 1 << 20] {
            let mut frame = Vec::new();
            append_frame(&mut frame, Opcode::Binary, false, &vec![0; len]);
            assert_eq!(payload_len_of(frame.len()), len);
        }
        assert_eq!(payload_len_of(0), 0);
    }

    #[test]
    fn the_length_takes_the_shortest_form() {
        let cases: [(usize, &[u8]); 8] = [
            (0, &[0x82, 0]),
            (1, &[0x82, 1]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (127, &[0x82, 126, 0, 127]),
            (65_535, &[0x82, 126, 0xff, 0xff]),
            (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (0x0102_0304, &[0x82, 127, 0, 0, 0, 0, 1, 2, 3, 4]),
        ];
        for (length, expected) in cases {
            assert_eq!(
                Header::new(Opcode::Binary, false, length).as_bytes(),
                expected
            );
        }
    }

    #[test]
    fn the_first_byte_holds_fin_rsv1_and_the_opcode() {
        for (opcode, bits) in [
            (Opcode::Text, 1),
            (Opcode::Binary, 2),
            (Opcode::Close, 8),
            (Opcode::Ping, 9),
            (Opcode::Pong, 10),
        ] {
            assert_eq!(Header::new(opcode, false, 0).as_bytes()[0], 0x80 | bits);
            assert_eq!(Header::new(opcode, true, 0).as_bytes()[0], 0xc0 | bits);
        }
    }

    #[test]
    fn the_message_is_found_again_behind_every_form_of_header() {
        for (opcode, kind) in [
            (Opcode::Text, Some(Kind::Text)),
            (Opcode::Binary, Some(Kind::Binary)),
            (Opcode::Continuation, None),
            (Opcode::Close, None),
            (Opcode::Ping, None),
            (Opcode::Pong, None),
        ] {
            for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
                let payload = vec![b'x'; length];
                let mut frame = Vec::new();
                append_frame(&mut frame, opcode, false, &payload);
                let expected = kind.map(|kind| (kind, &payload[..]));
                assert_eq!(message_in(&frame), expected, "{opcode:?} {length}");
                assert_eq!(Header::new(opcode, false, length).kind(), kind);
            }
        }
    }

    #[test]
    fn there_is_no_message_in_what_is_no_whole_frame_of_ours() {
        let frames: [&[u8]; 7] = [
            &[],
            &[0x81],
            &[0x01, 0],
            &[0xc1, 0],
            &[0x8f, 0],
            &[0x81, 126, 0],
            &[0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0],
        ];
        for frame in frames {
            assert_eq!(message_in(frame), None, "{frame:?}");
        }
    }

    #[test]
    fn frames_are_appended_whole_and_in_order() {
        let mut out = b"before".to_vec();
        append_frame(&mut out, Opcode::Text, false, b"Hello");
        append_frame(&mut out, Opcode::Pong, false, b"");
        append_frame(&mut out, Opcode::Binary, true, &[7; 200]);

        let expected = [
            b"before\x81\x05Hello\x8a\x00\xc2\x7e\x00\xc8",
            &[7; 200][..],
        ]
        .concat();
        assert_eq!(out, expected);
    }
}
