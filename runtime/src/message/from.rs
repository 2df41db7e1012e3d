use bytes::Bytes;
use bytestring::ByteString;

use super::{Kind, Message};
use crate::error::PayloadError;

/// A message that has arrived. [`FromMessage`] turns it into the payload of the `message` handler.
/// It is also a payload itself, of either kind.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/echo")]
/// mod echo {
///     use super::*;
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
    pub fn kind(&self) -> Kind {
        match self.content {
            Content::Text(_) => Kind::Text,
            Content::Binary(_) => Kind::Binary,
        }
    }

    /// The content of a message of either kind.
    pub fn as_bytes(&self) -> &'m [u8] {
        match self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
        }
    }

    /// The content of a text message.
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
    pub fn to_bytes(&self) -> Bytes {
        let bytes = self.as_bytes();
        match self.owner {
            Some(owner) => owner.slice_ref(bytes),
            None => Bytes::copy_from_slice(bytes),
        }
    }

    fn to_text(self) -> Result<ByteString, PayloadError> {
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

/// A type that the `message` handler can take as its payload.
///
/// | payload | accepts |
/// |---|---|
/// | `&str`, `String`, [`ByteString`] | text |
/// | `&[u8]`, `Vec<u8>`, [`Bytes`] | binary |
/// | [`Message`], and [`Incoming`], which borrows it | both |
/// | `Json<T>` | both, and parses them |
/// | `Result<M, PayloadError>` | every message, or the error if it is not a valid `M` |
///
/// Implement it for a type of your own:
///
/// ```
/// use levante::{prelude::*, Incoming};
///
/// struct Move { x: i16, y: i16 }
///
/// impl<'m> FromMessage<'m> for Move {
///     fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
///         match message.as_binary()? {
///             &[a, b, c, d] => Ok(Move {
///                 x: i16::from_be_bytes([a, b]),
///                 y: i16::from_be_bytes([c, d]),
///             }),
///             _ => Err(PayloadError::invalid("a move is four bytes")),
///         }
///     }
/// }
///
/// #[websocket("/game")]
/// mod game {
///     use super::*;
///
///     fn message(ws: &Ws, step: Move) {
///         ws.publish("board", format!("{},{}", step.x, step.y));
///     }
/// }
/// # fn main() { let _ = game::service(); }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the payload of `message`",
    label = "not a payload",
    note = "a payload is `&str`, `String` or `ByteString` (text), `&[u8]`, `Vec<u8>` or `Bytes` \
            (binary), `Message`, `Incoming` or `levante::Json<T>` (either), \
            `Result<M, PayloadError>`, or a type of your own that implements `FromMessage`; \
            `web::Json<T>` and other extractors are for requests"
)]
pub trait FromMessage<'m>: Sized {
    /// Turns a message into this type.
    ///
    /// # Errors
    ///
    /// A [`PayloadError`] if the message is of the wrong kind or does not parse.
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError>;
}

impl<'m> FromMessage<'m> for &'m str {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_text()
    }
}

impl<'m> FromMessage<'m> for String {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_text().map(str::to_owned)
    }
}

impl<'m> FromMessage<'m> for ByteString {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.to_text()
    }
}

impl<'m> FromMessage<'m> for &'m [u8] {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_binary()
    }
}

impl<'m> FromMessage<'m> for Vec<u8> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_binary().map(<[u8]>::to_vec)
    }
}

impl<'m> FromMessage<'m> for Bytes {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_binary().map(|_| message.to_bytes())
    }
}

impl<'m> FromMessage<'m> for Message {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        match message.kind() {
            Kind::Text => message.to_text().map(Message::Text),
            Kind::Binary => Ok(Message::Binary(message.to_bytes())),
        }
    }
}

/// The message itself, of either kind, without an allocation or a copy.
impl<'m> FromMessage<'m> for Incoming<'m> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        Ok(message)
    }
}

impl<'m, M: FromMessage<'m>> FromMessage<'m> for Result<M, PayloadError> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        Ok(M::from_message(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Incoming<'_> {
        Incoming::text(text, None)
    }

    fn binary(bytes: &[u8]) -> Incoming<'_> {
        Incoming::binary(bytes, None)
    }

    #[test]
    fn text_payloads_take_text_only() {
        assert_eq!(<&str>::from_message(text("hi")).unwrap(), "hi");
        assert_eq!(String::from_message(text("hi")).unwrap(), "hi");
        assert_eq!(ByteString::from_message(text("hi")).unwrap(), "hi");
        for error in [
            <&str>::from_message(binary(b"hi")).err(),
            String::from_message(binary(b"hi")).err(),
            ByteString::from_message(binary(b"hi")).err(),
        ] {
            assert!(matches!(
                error,
                Some(PayloadError::Kind {
                    expected: Kind::Text
                })
            ));
        }
    }

    #[test]
    fn binary_payloads_take_binary_only() {
        assert_eq!(<&[u8]>::from_message(binary(b"hi")).unwrap(), b"hi");
        assert_eq!(Vec::from_message(binary(b"hi")).unwrap(), b"hi");
        assert_eq!(Bytes::from_message(binary(b"hi")).unwrap(), "hi");
        for error in [
            <&[u8]>::from_message(text("hi")).err(),
            Vec::<u8>::from_message(text("hi")).err(),
            Bytes::from_message(text("hi")).err(),
        ] {
            assert!(matches!(
                error,
                Some(PayloadError::Kind {
                    expected: Kind::Binary
                })
            ));
        }
    }

    #[test]
    fn a_payload_that_keeps_the_message_shares_its_buffer() {
        let owner = Bytes::from(b"shared".to_vec());
        let kept = Bytes::from_message(Incoming::binary(&owner, Some(&owner))).unwrap();
        assert_eq!(kept.as_ptr(), owner.as_ptr());
        let text = std::str::from_utf8(&owner).unwrap();
        let kept = ByteString::from_message(Incoming::text(text, Some(&owner))).unwrap();
        assert_eq!(kept.as_bytes().as_ptr(), owner.as_ptr());
    }

    #[test]
    fn a_result_hands_the_misfit_to_the_handler() {
        let outcome = <Result<&str, PayloadError>>::from_message(binary(b"hi")).unwrap();
        assert!(matches!(
            outcome,
            Err(PayloadError::Kind {
                expected: Kind::Text
            })
        ));
    }
}
