use std::str;

use bytes::Bytes;

use super::{Kind, ProtocolError, ReceivedClose, frame::Control};

/// What a peer has sent, as soon as it is complete.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A message: its fragments joined, its text checked.
    Message {
        /// Text or binary.
        kind: Kind,
        /// Whether the payload has yet to be inflated (RFC 7692 section 6). If so, text is not
        /// checked, for its UTF-8 shows only then.
        compressed: bool,
        /// The content.
        payload: Payload<'a>,
    },
    /// A Ping, to be answered by a Pong with the same bytes (section 5.5.2).
    Ping(&'a [u8]),
    /// A Pong, asked for or not (section 5.5.3).
    Pong(&'a [u8]),
    /// A Close frame, with what it says if it says anything (section 5.5.1).
    Close(Option<ReceivedClose<'a>>),
}

impl<'a> Event<'a> {
    /// The event of a complete control frame.
    pub(super) fn control(control: Control, payload: &'a [u8]) -> Result<Self, ProtocolError> {
        Ok(match control {
            Control::Close => Self::Close(ReceivedClose::parse(payload)?),
            Control::Ping => Self::Ping(payload),
            Control::Pong => Self::Pong(payload),
        })
    }

    /// The event of a message that came whole, in one frame and one read.
    #[inline]
    pub(super) fn message(
        kind: Kind,
        compressed: bool,
        payload: &'a [u8],
    ) -> Result<Self, ProtocolError> {
        let payload = if kind == Kind::Text && !compressed {
            Payload::Text(str::from_utf8(payload).map_err(|_| ProtocolError::InvalidUtf8)?)
        } else {
            Payload::Bytes(payload)
        };
        Ok(Self::Message {
            kind,
            compressed,
            payload,
        })
    }
}

/// The content of a message.
#[derive(Debug)]
pub(crate) enum Payload<'a> {
    /// Text that lies in the bytes that were given to the decoder.
    Text(&'a str),
    /// Binary or compressed data that lie in the bytes that were given to the decoder.
    Bytes(&'a [u8]),
    /// The message came in pieces, which the decoder has put together.
    Owned(Bytes),
}

impl Payload<'_> {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}
