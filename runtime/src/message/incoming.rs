use bytes::Bytes;
use bytestring::ByteString;

use super::{Kind, Message};
use crate::error::PayloadError;

/// A message that has arrived. [`FromMessage`](super::FromMessage) turns it into the payload of the
/// `message` handler. It is also a payload itself, of either kind.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/echo")]
/// mod echo {
///     use levante::prelude::*;
///
///     fn message(ws: &Ws, message: Incoming<'_>) {
///         ws.send(message);
///     }
/// }
/// # fn main() { let _ = echo::service(); }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'m> {
    content: Content<'m>,
    /// The buffer of the content, if it has one. A payload type that keeps the message shares this
    /// buffer instead of copying.
    owner: Option<&'m Bytes>,
}

#[derive(Clone, Copy, Debug)]
enum Content<'m> {
    Text(&'m str),
    Binary(&'m [u8]),
}

impl<'m> Incoming<'m> {
    pub(crate) fn text(text: &'m str, owner: Option<&'m Bytes>) -> Self {
        Self {
            content: Content::Text(text),
            owner,
        }
    }

    pub(crate) fn binary(bytes: &'m [u8], owner: Option<&'m Bytes>) -> Self {
        Self {
            content: Content::Binary(bytes),
            owner,
        }
    }

    /// Whether the message is text or binary.
    ///
    /// ```
    /// use levante::{Incoming, Kind, Message};
    ///
    /// let message = Message::Text("hi".into());
    /// let incoming = Incoming::from(&message);
    /// assert_eq!(incoming.kind(), Kind::Text);
    /// ```
    pub fn kind(&self) -> Kind {
        match self.content {
            Content::Text(_) => Kind::Text,
            Content::Binary(_) => Kind::Binary,
        }
    }

    /// The content of a message of either kind.
    ///
    /// ```
    /// use levante::{Incoming, Message};
    ///
    /// let message = Message::Text("hi".into());
    /// let incoming = Incoming::from(&message);
    /// assert_eq!(incoming.as_bytes(), b"hi");
    /// ```
    pub fn as_bytes(&self) -> &'m [u8] {
        match self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
        }
    }

    /// The content of a text message.
    ///
    /// ```
    /// use levante::{Incoming, Message};
    ///
    /// let message = Message::Text("hi".into());
    /// let incoming = Incoming::from(&message);
    /// assert_eq!(incoming.as_text()?, "hi");
    /// # Ok::<(), levante::PayloadError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PayloadError::Kind`] if the message is binary.
    pub fn as_text(&self) -> Result<&'m str, PayloadError> {
        match self.content {
            Content::Text(text) => Ok(text),
            Content::Binary(_) => Err(PayloadError::Kind {
                expected: Kind::Text,
            }),
        }
    }

    /// The content of a binary message.
    ///
    /// ```
    /// use levante::{Incoming, Message};
    ///
    /// let message = Message::Text("hi".into());
    /// let incoming = Incoming::from(&message);
    /// assert!(incoming.as_binary().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`PayloadError::Kind`] if the message is text.
    pub fn as_binary(&self) -> Result<&'m [u8], PayloadError> {
        match self.content {
            Content::Text(_) => Err(PayloadError::Kind {
                expected: Kind::Binary,
            }),
            Content::Binary(bytes) => Ok(bytes),
        }
    }

    pub(super) fn owner(&self) -> Option<&'m Bytes> {
        self.owner
    }

    /// The content of a message of either kind, as owned bytes. It shares the receive buffer if
    /// possible.
    ///
    /// ```
    /// use levante::{Incoming, Message};
    ///
    /// let message = Message::Text("hi".into());
    /// let incoming = Incoming::from(&message);
    /// assert_eq!(incoming.to_bytes(), "hi");
    /// ```
    pub fn to_bytes(&self) -> Bytes {
        let bytes = self.as_bytes();
        match self.owner {
            Some(owner) => owner.slice_ref(bytes),
            None => Bytes::copy_from_slice(bytes),
        }
    }

    pub(super) fn to_text(self) -> Result<ByteString, PayloadError> {
        let text = self.as_text()?;
        match self.owner {
            Some(owner) => ByteString::try_from(owner.slice_ref(text.as_bytes()))
                .map_err(PayloadError::invalid),
            None => Ok(ByteString::from(text)),
        }
    }
}

impl<'m> From<&'m Message> for Incoming<'m> {
    fn from(message: &'m Message) -> Self {
        match message {
            Message::Text(text) => Self::text(text, Some(text.as_bytes())),
            Message::Binary(bytes) => Self::binary(bytes, Some(bytes)),
        }
    }
}
