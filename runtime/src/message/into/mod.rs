//! Values that can be sent.

mod arguments;
mod binary;
mod text;

use bytes::Bytes;

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

impl<'m> Outgoing<'m> {
    fn new(kind: Kind, payload: Payload<'m>) -> Self {
        Self {
            kind,
            payload,
            compress: false,
        }
    }

    /// A message of another node; `None` if it is text that is not UTF-8.
    pub(crate) fn from_parts(kind: Kind, payload: &'m Bytes, compress: bool) -> Option<Self> {
        let is_valid = kind == Kind::Binary || std::str::from_utf8(payload).is_ok();
        is_valid.then_some(Self {
            compress,
            ..Self::new(kind, Payload::Shared(payload))
        })
    }

    pub(crate) fn text(payload: Payload<'m>) -> Self {
        Self::new(Kind::Text, payload)
    }

    fn binary(payload: Payload<'m>) -> Self {
        Self::new(Kind::Binary, payload)
    }
}

impl<'m> From<&'m Message> for Outgoing<'m> {
    fn from(message: &'m Message) -> Self {
        match message {
            Message::Text(text) => Self::text(Payload::Shared(text.as_bytes())),
            Message::Binary(bytes) => Self::binary(Payload::Shared(bytes)),
        }
    }
}

/// A value that can be sent as a message.
///
/// | value | is sent as |
/// |---|---|
/// | `&str`, `String`, [`ByteString`](bytestring::ByteString), `Cow<str>`, `Box<str>`, `Arc<str>` | text |
/// | `format_args!(…)` | text, without an allocation if it is short |
/// | `Json(T)` | `T` as JSON, in a text message |
/// | `&[u8]`, `[u8; N]`, `Vec<u8>`, [`Bytes`], `Cow<[u8]>`, `Box<[u8]>`, `Arc<[u8]>` | binary |
/// | [`Message`], [`Incoming`](crate::Incoming) | text or binary, as it is |
/// | [`Compressed(m)`](crate::Compressed) | `m`, compressed for peers that support it |
///
/// References to `String`, `ByteString`, `Vec<u8>`, `Bytes`, `[u8; N]`, `Cow` and `Message` can be sent,
/// too. The queue copies short content. It shares content of 4 KiB and more, if that is in a `String`,
/// `ByteString`, `Vec<u8>`, `Bytes`, `Box`, `Arc` or `Message`.
///
/// ```
/// use std::{borrow::Cow, sync::Arc};
///
/// use levante::prelude::*;
///
/// #[websocket("/greet")]
/// mod greet {
///     use super::*;
///
///     struct Visitor { name: String, rules: Arc<str> }
///
///     fn attach() -> Visitor {
///         Visitor { name: "Ann".into(), rules: "be kind".into() }
///     }
///
///     fn open(ws: &Ws) {
///         ws.send(format_args!("hello, {}", ws.data.name));
///         ws.send(ws.data.rules.clone());
///         ws.send([1, 2, 3]);
///     }
///
///     fn message(ws: &Ws, text: &str) {
///         ws.send(shortened(text));
///     }
///
///     fn shortened(text: &str) -> Cow<'_, str> {
///         match text.char_indices().nth(20) {
///             Some((end, _)) => format!("{}…", &text[..end]).into(),
///             None => text.into(),
///         }
///     }
/// }
/// # fn main() { let _ = greet::service(); }
/// ```
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
    note = "for JSON, derive `serde::Serialize` and send `Json(value)`",
    note = "a message is `&str`, `String`, `ByteString`, `format_args!(…)` or `Json(T)` (text), \
            `&[u8]`, `[u8; N]`, `Vec<u8>` or `Bytes` (binary), a `Cow`, `Box` or `Arc` of `str` or \
            `[u8]`, a `Message`, or a type of your own that implements `IntoMessage`"
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
        Ok(send(Outgoing::new(self.kind(), payload)))
    }
}

#[cfg(test)]
mod tests;
