use std::{error, fmt};

/// A violation of the protocol by a peer. The connection fails with it (section 7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProtocolError {
    /// An RSV bit is set that no negotiated extension defines (section 5.2).
    ReservedBits,
    /// The opcode is reserved: 3 to 7 or 11 to 15 (section 5.2).
    ReservedOpcode,
    /// The frame of a client is not masked (section 5.1).
    Unmasked,
    /// A control frame has no FIN (section 5.5).
    FragmentedControl,
    /// A control frame has more than 125 bytes of payload (section 5.5).
    ControlTooLong,
    /// A length is encoded in more bytes than needed (section 5.2).
    LengthNotMinimal,
    /// The most significant bit of a 64-bit length is set (section 5.2).
    LengthOutOfRange,
    /// A continuation frame has no message to continue (section 5.4).
    NothingToContinue,
    /// A new message begins before the last one is complete (section 5.4).
    MessageNotComplete,
    /// A text message or the reason of a Close frame is not UTF-8 (sections 5.6 and 5.5.1).
    InvalidUtf8,
    /// A compressed message is not valid DEFLATE, or incomplete (RFC 7692 section 7.2.2).
    InvalidDeflate,
    /// A message is larger than the server accepts (section 7.4.1, code 1009).
    MessageTooBig,
    /// A message has more frames than the server accepts (section 7.4.1, code 1008).
    TooManyFrames,
    /// The payload of a Close frame is one byte: half a status code (section 5.5.1).
    CloseTooShort,
    /// The status code of a Close frame may not be sent (section 7.4).
    InvalidCloseCode,
}

impl ProtocolError {
    /// The status code with which the server closes after this violation (section 7.4.1).
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::InvalidUtf8 | Self::InvalidDeflate => 1007,
            Self::MessageTooBig => 1009,
            Self::TooManyFrames => 1008,
            Self::ReservedBits
            | Self::ReservedOpcode
            | Self::Unmasked
            | Self::FragmentedControl
            | Self::ControlTooLong
            | Self::LengthNotMinimal
            | Self::LengthOutOfRange
            | Self::NothingToContinue
            | Self::MessageNotComplete
            | Self::CloseTooShort
            | Self::InvalidCloseCode => 1002,
        }
    }
}

/// The texts are the reasons of Close frames, so each fits into 123 bytes.
impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReservedBits => "reserved bit is set",
            Self::ReservedOpcode => "reserved opcode",
            Self::Unmasked => "frame is not masked",
            Self::FragmentedControl => "control frame is fragmented",
            Self::ControlTooLong => "control frame is longer than 125 bytes",
            Self::LengthNotMinimal => "frame length is not in its shortest form",
            Self::LengthOutOfRange => "frame length is out of range",
            Self::NothingToContinue => "continuation frame without a message to continue",
            Self::MessageNotComplete => "new message before the previous one was complete",
            Self::InvalidUtf8 => "text is not valid utf-8",
            Self::InvalidDeflate => "compressed message is not valid deflate",
            Self::MessageTooBig => "message is larger than the limit",
            Self::TooManyFrames => "message has more frames than the limit",
            Self::CloseTooShort => "close frame with half a status code",
            Self::InvalidCloseCode => "close frame with an invalid status code",
        })
    }
}

impl error::Error for ProtocolError {}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ProtocolError; 15] = [
        ProtocolError::ReservedBits,
        ProtocolError::ReservedOpcode,
        ProtocolError::Unmasked,
        ProtocolError::FragmentedControl,
        ProtocolError::ControlTooLong,
        ProtocolError::LengthNotMinimal,
        ProtocolError::LengthOutOfRange,
        ProtocolError::NothingToContinue,
        ProtocolError::MessageNotComplete,
        ProtocolError::InvalidUtf8,
        ProtocolError::InvalidDeflate,
        ProtocolError::MessageTooBig,
        ProtocolError::TooManyFrames,
        ProtocolError::CloseTooShort,
        ProtocolError::InvalidCloseCode,
    ];

    #[test]
    fn every_error_has_a_code_that_may_be_sent_and_a_reason_that_fits() {
        for error in ALL {
            let reason = error.to_string();
            assert!(
                matches!(error.close_code(), 1002 | 1007 | 1008 | 1009),
                "{error:?}"
            );
            assert!((1..=123).contains(&reason.len()), "{error:?}");
            assert_eq!(reason, reason.to_lowercase());
        }
    }

    #[test]
    fn an_error_is_one_byte() {
        assert_eq!(size_of::<ProtocolError>(), 1);
    }
}
