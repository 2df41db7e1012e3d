//! Messages: the payloads of handlers, and values that sockets send.

mod compressed;
mod from;
mod incoming;
mod into;
#[cfg(feature = "json")]
mod json;

use bytes::Bytes;
use bytestring::ByteString;

pub(crate) use self::into::{Payload, SHARE_FROM};
#[cfg(feature = "json")]
pub use self::json::Json;
pub use self::{
    compressed::{Compressed, CompressedIf},
    from::FromMessage,
    incoming::Incoming,
    into::{IntoMessage, Outgoing},
};
pub use crate::protocol::Kind;

/// A complete message of either kind. Cloning shares the content.
///
/// This enum is exhaustive: the protocol has no other kind.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/echo")]
/// mod echo {
///     use levante::prelude::*;
///
///     fn message(ws: &Ws, message: Message) {
///         ws.send(message);
///     }
/// }
/// # fn main() { let _ = echo::service(); }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// UTF-8 text.
    Text(ByteString),
    /// Any bytes.
    Binary(Bytes),
}

impl Message {
    /// A message of this kind; `None` if it is text that is not UTF-8.
    pub(crate) fn new(kind: Kind, payload: Bytes) -> Option<Self> {
        match kind {
            Kind::Text => ByteString::try_from(payload).ok().map(Self::Text),
            Kind::Binary => Some(Self::Binary(payload)),
        }
    }

    /// The content.
    ///
    /// ```
    /// use levante::Message;
    ///
    /// let message = Message::Text("hi".into());
    /// assert_eq!(message.as_bytes(), b"hi");
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// The content, if this is a text message.
    ///
    /// ```
    /// use levante::Message;
    ///
    /// let message = Message::Text("hi".into());
    /// assert_eq!(message.as_text(), Some("hi"));
    /// ```
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Whether it is text or binary.
    ///
    /// ```
    /// use levante::{Kind, Message};
    ///
    /// let message = Message::Text("hi".into());
    /// assert_eq!(message.kind(), Kind::Text);
    /// ```
    pub fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Binary(_) => Kind::Binary,
        }
    }
}
