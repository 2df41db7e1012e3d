use std::{error, fmt};

/// What a peer did that the protocol forbids. The connection fails with it (section 7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProtocolError {
    /// An RSV bit is set that no negotiated extension gives a meaning (section 5.2).
    ReservedBits,
    /// An opcode that is reserved: 3 to 7 and 11 to 15 (section 5.2).
    ReservedOpcode,
    /// A frame from a client without a mask (section 5.1).
    Unmasked,
    /// A control frame without FIN (section 5.5).
    FragmentedControl,
    /// A control frame with more than 125 bytes (section 5.5).
    ControlTooLong,
    /// A length in more bytes than it needs (section 5.2).
    LengthNotMinimal,
    /// A 64-bit length whose most significant bit is set (section 5.2).
    LengthOutOfRange,
    /// A continuation frame, but there is no message to continue (section 5.4).
    NothingToContinue,
    /// A new message, but the one before is not complete (section 5.4).
    MessageNotComplete,
    /// A text message or the reason of a Close frame is not UTF-8 (sections 5.6 and 5.5.1).
    InvalidUtf8,
    /// A compressed message is not what DEFLATE makes, or not whole (RFC 7692 section 7.2.2).
    InvalidDeflate,
    /// A message is larger than this server takes (section 7.4.1, code 1009).
    MessageTooBig,
    /// A message comes in more frames than this server takes (section 7.4.1, code 1008).
    TooManyFrames,
    /// A Close frame of one byte: half a status code (section 5.5.1).
    CloseTooShort,
    /// A Close frame whose status code may not be sent (section 7.4).
    InvalidCloseCode,
}

impl ProtocolError {
    /// The status code of the Close frame that answers the violation (section 7.4.1).
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

/// The words serve as the reason of a Close frame, so they fit its 123 bytes.
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
