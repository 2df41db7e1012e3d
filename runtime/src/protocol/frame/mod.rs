use super::ProtocolError;

/// The largest payload of a control frame (section 5.5).
pub(crate) const MAX_CONTROL_PAYLOAD: usize = 125;

/// The longest header of a frame that a server sends: two bytes and a 64-bit length (section 5.2).
pub(crate) const MAX_SERVER_HEADER: usize = 10;

/// The longest header of a frame that a client sends: the same, and a masking key (section 5.2).
pub(super) const MAX_CLIENT_HEADER: usize = MAX_SERVER_HEADER + 4;

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;
const RSV2_AND_3: u8 = 0x30;
const OPCODE: u8 = 0x0f;
pub(super) const MASKED: u8 = 0x80;
pub(super) const SHORT_LENGTH: u8 = 0x7f;

/// The first byte of a text message in one frame.
pub(super) const WHOLE_TEXT: u8 = FIN | 0x1;

/// The first byte of a binary message in one frame.
pub(super) const WHOLE_BINARY: u8 = FIN | 0x2;

/// The longest payload whose length fits into the second byte.
pub(super) const MAX_SHORT_LENGTH: usize = 125;

/// The length of the header of such a frame: two bytes and a masking key.
pub(super) const SHORT_HEADER: usize = 2 + 4;

/// The type of a frame (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    /// The next part of a fragmented message.
    Continuation,
    /// A text message, or the first part of one.
    Text,
    /// A binary message, or the first part of one.
    Binary,
    /// The end of the connection.
    Close,
    /// Asks whether the peer is still there.
    Ping,
    /// The answer to a Ping.
    Pong,
}

impl Opcode {
    /// The opcode with this number; `None` if the number is reserved.
    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            _ => return None,
        })
    }

    /// The number of this opcode.
    pub(crate) fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    /// Whether such frames may come between the frames of a message (section 5.5).
    pub(crate) fn is_control(self) -> bool {
        matches!(self.role(), Role::Control(_))
    }

    fn role(self) -> Role {
        match self {
            Self::Continuation => Role::Continue,
            Self::Text => Role::Start(Kind::Text),
            Self::Binary => Role::Start(Kind::Binary),
            Self::Close => Role::Control(Control::Close),
            Self::Ping => Role::Control(Control::Ping),
            Self::Pong => Role::Control(Control::Pong),
        }
    }
}

/// The two kinds of message
/// ([RFC 6455 section 5.6](https://www.rfc-editor.org/rfc/rfc6455#section-5.6)).
///
/// This enum is exhaustive: the protocol has no other kind.
///
/// ```
/// use levante::{Kind, Message};
///
/// assert_eq!(Message::Text("hi".into()).kind(), Kind::Text);
/// assert_eq!(Message::Binary(vec![1, 2].into()).kind(), Kind::Binary);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
}

impl From<Kind> for Opcode {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Binary => Self::Binary,
        }
    }
}

/// The effect of a frame: its [`Opcode`], grouped by what the decoder does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It starts a message.
    Start(Kind),
    /// It continues the incomplete message.
    Continue,
    /// It is not part of a message.
    Control(Control),
}

/// The kinds of control frame (section 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// See [`Opcode::Close`].
    Close,
    /// See [`Opcode::Ping`].
    Ping,
    /// See [`Opcode::Pong`].
    Pong,
}

/// The frames that may come next, given the frames before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Whether permessage-deflate was negotiated, so that RSV1 has a meaning (RFC 7692 section 6).
    pub(super) compression: bool,
    /// Whether a message is incomplete.
    pub(super) in_message: bool,
    /// The number of bytes by which the message may still grow.
    pub(super) room: usize,
}

/// The header of a client's frame that was checked and is valid (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Whether this is the last frame of its message.
    pub(super) fin: bool,
    /// Whether the frame starts a compressed message: RSV1.
    pub(super) compressed: bool,
    /// The effect of the frame.
    pub(super) role: Role,
    /// The length of the payload. For a control frame it is at most 125; for others it is at most
    /// `Rules::room`.
    pub(super) payload_len: usize,
    /// The masking key of the payload.
    pub(super) mask: [u8; 4],
    /// The length of this header.
    pub(super) header_len: usize,
}

impl FrameHeader {
    /// Reads the header at the start of `bytes`; `None` if it is incomplete.
    ///
    /// It fails on the first byte that breaks a rule, even if the header is incomplete.
    #[inline]
    pub(super) fn parse(bytes: &[u8], rules: Rules) -> Result<Option<Self>, ProtocolError> {
        let [first, rest @ ..] = bytes else {
            return Ok(None);
        };
        let opcode = check_first(*first, rules)?;
        let [second, rest @ ..] = rest else {
            return Ok(None);
        };
        check_second(*second, opcode)?;
        let Some((payload_len, rest)) = read_length(second & SHORT_LENGTH, rest)? else {
            return Ok(None);
        };
        let payload_len = check_room(payload_len, opcode, rules)?;
        let Some((mask, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };

        Ok(Some(Self {
            fin: first & FIN != 0,
            compressed: first & RSV1 != 0,
            role: opcode.role(),
            payload_len,
            mask: *mask,
            header_len: bytes.len() - rest.len(),
        }))
    }
}

/// Checks the reserved bits and the opcode, and whether such a frame may come now.
#[inline]
fn check_first(byte: u8, rules: Rules) -> Result<Opcode, ProtocolError> {
    let rsv1 = byte & RSV1 != 0;
    if byte & RSV2_AND_3 != 0 || rsv1 && !rules.compression {
        return Err(ProtocolError::ReservedBits);
    }
    let opcode = Opcode::from_bits(byte & OPCODE).ok_or(ProtocolError::ReservedOpcode)?;
    match opcode.role() {
        // RSV1 marks the first frame of a compressed message, and no other frame (RFC 7692 section
        // 6).
        Role::Continue | Role::Control(_) if rsv1 => Err(ProtocolError::ReservedBits),
        Role::Start(_) if rules.in_message => Err(ProtocolError::MessageNotComplete),
        Role::Continue if !rules.in_message => Err(ProtocolError::NothingToContinue),
        Role::Control(_) if byte & FIN == 0 => Err(ProtocolError::FragmentedControl),
        Role::Start(_) | Role::Continue | Role::Control(_) => Ok(opcode),
    }
}

/// Checks the mask bit, and the length of a control frame.
#[inline]
fn check_second(byte: u8, opcode: Opcode) -> Result<(), ProtocolError> {
    if byte & MASKED == 0 {
        Err(ProtocolError::Unmasked)
    } else if opcode.is_control() && usize::from(byte & SHORT_LENGTH) > MAX_CONTROL_PAYLOAD {
        Err(ProtocolError::ControlTooLong)
    } else {
        Ok(())
    }
}

/// Reads the length of the payload. Returns it with the bytes after it; `None` if it is incomplete.
#[inline]
pub(super) fn read_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, ProtocolError> {
    let (length, least, rest) = match short {
        126 => {
            let Some((bytes, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u16::from_be_bytes(*bytes).into(), 126, rest)
        }
        127 => {
            if rest.first().is_some_and(|byte| byte & 0x80 != 0) {
                return Err(ProtocolError::LengthOutOfRange);
            }
            let Some((bytes, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from_be_bytes(*bytes), 1 << 16, rest)
        }
        short => (short.into(), 0, rest),
    };
    if length < least {
        Err(ProtocolError::LengthNotMinimal)
    } else {
        Ok(Some((length, rest)))
    }
}

/// Checks the limit on the size of a message. Control frames do not count for it.
#[inline]
fn check_room(length: u64, opcode: Opcode, rules: Rules) -> Result<usize, ProtocolError> {
    usize::try_from(length)
        .ok()
        .filter(|length| opcode.is_control() || *length <= rules.room)
        .ok_or(ProtocolError::MessageTooBig)
}

#[cfg(test)]
mod tests;
