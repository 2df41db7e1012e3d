use std::str;

use bytes::Bytes;

use super::{Kind, ProtocolError, ReceivedClose, frame::Control};

/// A complete message or control frame of a peer.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A message. Its fragments are joined, and its text is checked.
    Message {
        /// Text or binary.
        kind: Kind,
        /// Whether the payload must still be inflated (RFC 7692 section 6). If so, text has not
        /// been checked, because UTF-8 can only be checked after inflating.
        compressed: bool,
        /// The content.
        payload: Payload<'a>,
    },
    /// A Ping. The answer is a Pong with the same bytes (section 5.5.2).
    Ping(&'a [u8]),
    /// A Pong, expected or not (section 5.5.3).
    Pong(&'a [u8]),
    /// A Close frame; `None` if it is empty (section 5.5.1).
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

    /// The event of a message that arrived in one frame and one read.
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
    /// Text, borrowed from the bytes that were passed to the decoder.
    Text(&'a str),
    /// Binary or compressed data, borrowed from the bytes that were passed to the decoder.
    Bytes(&'a [u8]),
    /// A message that arrived in pieces and that the decoder has joined.
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
