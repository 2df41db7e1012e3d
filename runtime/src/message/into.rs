use bytes::Bytes;
use bytestring::ByteString;

use super::{FromMessage, Incoming, Kind, Message};
use crate::error::BoxError;

/// A payload of at least this many bytes is queued by reference count. Copying a smaller one into
/// the connection's buffer is cheaper.
pub(crate) const SHARE_FROM: usize = 4096;

/// A message while it is sent, borrowed from its sender. It is opaque: use [`IntoMessage`] to make
/// one.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'m> {
    pub(crate) kind: Kind,
    pub(crate) payload: Payload<'m>,
    /// Whether it is to be compressed for peers that support it.
    pub(crate) compress: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Payload<'m> {
    Borrowed(&'m [u8]),
    /// Large frames are queued by reference count, without a copy.
    Shared(&'m Bytes),
}

impl Payload<'_> {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Payload::Borrowed(bytes) => bytes,
            Payload::Shared(bytes) => bytes,
        }
    }
}

impl<'m> From<&'m Message> for Outgoing<'m> {
    fn from(message: &'m Message) -> Self {
        match message {
            Message::Text(text) => Self {
                kind: Kind::Text,
                payload: Payload::Shared(text.as_bytes()),
                compress: false,
            },
            Message::Binary(bytes) => Self {
                kind: Kind::Binary,
                payload: Payload::Shared(bytes),
                compress: false,
            },
        }
    }
}

/// A value that can be sent as a message.
///
/// | value | is sent as |
/// |---|---|
/// | `&str`, `String`, [`ByteString`], `Json(T)` | text |
/// | `&[u8]`, `Vec<u8>`, [`Bytes`] | binary |
/// | [`Message`], [`Incoming`](crate::Incoming) | text or binary, as it is |
/// | [`Compressed(m)`](crate::Compressed) | `m`, compressed for peers that support it |
///
/// Implement it for a type of your own:
///
/// ```
/// use levante::prelude::*;
///
/// struct Move { x: i16, y: i16 }
///
/// impl IntoMessage for Move {
///     fn into_message(self) -> Result<Message, levante::BoxError> {
///         let [a, b] = self.x.to_be_bytes();
///         let [c, d] = self.y.to_be_bytes();
///         vec![a, b, c, d].into_message()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a message",
    label = "not a message",
    note = "a message is `&str`, `String`, `ByteString` or `Json(T)` (text), `&[u8]`, `Vec<u8>` \
            or `Bytes` (binary), a `Message`, or a type of your own that implements `IntoMessage`"
)]
pub trait IntoMessage: Sized {
    /// Turns the value into a message.
    ///
    /// # Errors
    ///
    /// If the value cannot be encoded. The error is logged, and the message counts as dropped.
    fn into_message(self) -> Result<Message, BoxError>;

    /// Passes the message to `send` by reference, so that borrowed content is not copied first.
    #[doc(hidden)]
    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        self.into_message()
            .map(|message| send(Outgoing::from(&message)))
    }
}

impl IntoMessage for Message {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(self)
    }
}

impl IntoMessage for &Message {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(self.clone())
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        Ok(send(Outgoing::from(self)))
    }
}

/// Forwards a message that has arrived, with the same kind.
impl IntoMessage for Incoming<'_> {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::from_message(self)?)
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        let payload = match self.owner() {
            Some(owner) if owner.len() == self.as_bytes().len() => Payload::Shared(owner),
            _ => Payload::Borrowed(self.as_bytes()),
        };
        Ok(send(Outgoing {
            kind: self.kind(),
            payload,
            compress: false,
        }))
    }
}

impl IntoMessage for &str {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(self.into()))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        Ok(send(Outgoing {
            kind: Kind::Text,
            payload: Payload::Borrowed(self.as_bytes()),
            compress: false,
        }))
    }
}

impl IntoMessage for &String {
    fn into_message(self) -> Result<Message, BoxError> {
        self.as_str().into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        self.as_str().lend(send)
    }
}

impl IntoMessage for String {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(self.into()))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        if self.len() < SHARE_FROM {
            return self.as_str().lend(send);
        }
        self.into_message()
            .map(|message| send(Outgoing::from(&message)))
    }
}

impl IntoMessage for ByteString {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Text(self))
    }
}

impl IntoMessage for &[u8] {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Binary(Bytes::copy_from_slice(self)))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        Ok(send(Outgoing {
            kind: Kind::Binary,
            payload: Payload::Borrowed(self),
            compress: false,
        }))
    }
}

impl<const N: usize> IntoMessage for &[u8; N] {
    fn into_message(self) -> Result<Message, BoxError> {
        self.as_slice().into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        self.as_slice().lend(send)
    }
}

impl IntoMessage for Vec<u8> {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Binary(self.into()))
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        if self.len() < SHARE_FROM {
            return self.as_slice().lend(send);
        }
        self.into_message()
            .map(|message| send(Outgoing::from(&message)))
    }
}

/// A large payload is shared and not copied. The owner of `Bytes` that were made by
/// [`Bytes::from_owner`] may be dropped while the server holds a lock, so its `Drop` must not call
/// the server.
impl IntoMessage for Bytes {
    fn into_message(self) -> Result<Message, BoxError> {
        Ok(Message::Binary(self))
    }
}
