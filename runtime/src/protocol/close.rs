use std::str;

use super::{MAX_CONTROL_PAYLOAD, ProtocolError};

/// The room for the reason in a Close frame, after the two bytes of the status code.
const MAX_REASON: usize = MAX_CONTROL_PAYLOAD - 2;

/// Whether a status code may stand in a Close frame, in either direction (section 7.4).
///
/// 1004 is reserved. 1005, 1006 and 1015 only describe a connection locally and are never sent.
/// 1016 to 2999 are for future versions of the protocol. Numbers below 1000 and from 5000 on are
/// not status codes. 1012 to 1014 are newer than the RFC and are
/// [registered](https://www.iana.org/assignments/websocket#close-code-number-rules).
pub(crate) fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// The content of a Close frame that is not empty (section 5.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedClose<'a> {
    /// The status code. It is one that [may be sent](may_be_sent).
    pub(crate) code: u16,
    /// The peer's reason, often empty.
    pub(crate) reason: &'a str,
}

impl<'a> ReceivedClose<'a> {
    /// Reads the payload of a Close frame. An empty payload is `None`.
    pub(crate) fn parse(payload: &'a [u8]) -> Result<Option<Self>, ProtocolError> {
        let (code, reason) = match payload {
            [] => return Ok(None),
            [_] => return Err(ProtocolError::CloseTooShort),
            [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        };
        if !may_be_sent(code) {
            return Err(ProtocolError::InvalidCloseCode);
        }
        let reason = str::from_utf8(reason).map_err(|_| ProtocolError::InvalidUtf8)?;
        Ok(Some(Self { code, reason }))
    }
}

/// The payload of a Close frame to send, made by [`close_payload`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClosePayload {
    bytes: [u8; MAX_CONTROL_PAYLOAD],
    length: u8,
}

impl ClosePayload {
    /// The encoded payload.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// Makes the payload of a Close frame. Without a code it is empty, because a reason needs a code
/// (section 5.5.1). A reason over 123 bytes is cut between two characters.
///
/// The caller checks that the code [may be sent](may_be_sent).
pub(crate) fn close_payload(code: Option<u16>, reason: &str) -> ClosePayload {
    let mut payload = ClosePayload {
        bytes: [0; MAX_CONTROL_PAYLOAD],
        length: 0,
    };
    let Some(code) = code else { return payload };

    let mut kept = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(kept) {
        kept -= 1;
    }
    let reason = &reason.as_bytes()[..kept];
    let length = 2 + reason.len();
    payload.bytes[..2].copy_from_slice(&code.to_be_bytes());
    payload.bytes[2..length].copy_from_slice(reason);
    payload.length = length as u8;
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(code: u16, reason: &[u8]) -> Result<Option<(u16, String)>, ProtocolError> {
        let payload = [&code.to_be_bytes(), reason].concat();
        let close = ReceivedClose::parse(&payload)?;
        Ok(close.map(|close| (close.code, close.reason.to_owned())))
    }

    #[test]
    fn every_class_of_code_at_its_edges() {
        let good = [
            1000, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
        ];
        let bad = [
            0,
            1,
            999,
            1004,
            1005,
            1006,
            1015,
            1016,
            1100,
            2000,
            2999,
            5000,
            u16::MAX,
        ];
        for code in good {
            assert!(may_be_sent(code), "{code}");
            assert_eq!(received(code, b""), Ok(Some((code, String::new()))));
        }
        for code in bad {
            assert!(!may_be_sent(code), "{code}");
            assert_eq!(
                received(code, b""),
                Err(ProtocolError::InvalidCloseCode),
                "{code}"
            );
        }
    }

    #[test]
    fn a_received_close_is_empty_or_starts_with_a_whole_code() {
        assert_eq!(ReceivedClose::parse(b""), Ok(None));
        assert_eq!(
            ReceivedClose::parse(b"\x03"),
            Err(ProtocolError::CloseTooShort)
        );
        assert_eq!(received(1000, b"bye"), Ok(Some((1000, "bye".to_owned()))));
    }

    #[test]
    fn a_received_reason_is_utf8() {
        assert_eq!(
            received(1000, "Grüße".as_bytes()),
            Ok(Some((1000, "Grüße".to_owned())))
        );
        assert_eq!(
            received(1000, b"Gr\xfc\xdfe"),
            Err(ProtocolError::InvalidUtf8)
        );
        assert_eq!(
            received(1000, b"cut \xe2\x82"),
            Err(ProtocolError::InvalidUtf8)
        );
    }

    #[test]
    fn a_payload_without_a_code_is_empty() {
        assert_eq!(close_payload(None, "why not").as_bytes(), b"");
    }

    #[test]
    fn a_reason_is_cut_only_beyond_123_bytes() {
        assert_eq!(close_payload(Some(1000), "").as_bytes(), b"\x03\xe8");
        for (length, kept) in [(1, 1), (122, 122), (123, 123), (124, 123), (5000, 123)] {
            let payload = close_payload(Some(4000), &"r".repeat(length));
            assert_eq!(payload.as_bytes().len(), 2 + kept);
        }
    }

    #[test]
    fn a_reason_is_cut_between_characters() {
        // The single bytes before the wider characters move a character across the limit.
        for (filler, character, kept) in [
            (121, "é", 123),
            (122, "é", 122),
            (120, "€", 123),
            (121, "€", 121),
            (120, "🦀", 120),
        ] {
            let reason = format!("{}{}", "r".repeat(filler), character.repeat(3));
            let payload = close_payload(Some(1000), &reason);
            let close = ReceivedClose::parse(payload.as_bytes()).unwrap().unwrap();
            assert_eq!(close.reason.len(), kept, "{filler} and {character}");
            assert!(reason.starts_with(close.reason));
        }
    }
}
