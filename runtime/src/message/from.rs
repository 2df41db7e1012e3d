use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use bytestring::ByteString;

use super::{Incoming, Kind, Message};
use crate::error::PayloadError;

/// A type that the `message` handler can take as its payload.
///
/// | payload | accepts |
/// |---|---|
/// | `&str`, `Cow<str>`, which borrow the message | text |
/// | `String`, `Box<str>`, `Arc<str>`, [`ByteString`] | text |
/// | `&[u8]`, `Cow<[u8]>`, which borrow the message | binary |
/// | `Vec<u8>`, `Box<[u8]>`, `Arc<[u8]>`, [`Bytes`] | binary |
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
    note = "for JSON, derive `serde::Deserialize` and take `levante::Json<T>`",
    note = "a payload is `&str`, `String` or `ByteString` (text), `&[u8]`, `Vec<u8>` or `Bytes` \
            (binary), a `Cow`, `Box` or `Arc` of `str` or `[u8]`, `Message`, `Incoming` or \
            `levante::Json<T>` (either), `Result<M, PayloadError>`, or a type of your own that \
            implements `FromMessage`; `web::Json<T>` and other extractors are for requests"
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

impl<'m> FromMessage<'m> for Box<str> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_text().map(Into::into)
    }
}

impl<'m> FromMessage<'m> for Arc<str> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_text().map(Into::into)
    }
}

/// It is always borrowed.
impl<'m> FromMessage<'m> for Cow<'m, str> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_text().map(Cow::Borrowed)
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

impl<'m> FromMessage<'m> for Box<[u8]> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_binary().map(Into::into)
    }
}

impl<'m> FromMessage<'m> for Arc<[u8]> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_binary().map(Into::into)
    }
}

/// It is always borrowed.
impl<'m> FromMessage<'m> for Cow<'m, [u8]> {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        message.as_binary().map(Cow::Borrowed)
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
        assert_eq!(&*Box::<str>::from_message(text("hi")).unwrap(), "hi");
        assert_eq!(&*Arc::<str>::from_message(text("hi")).unwrap(), "hi");
        let cow = Cow::<str>::from_message(text("hi")).unwrap();
        assert!(matches!(cow, Cow::Borrowed("hi")));
        for error in [
            <&str>::from_message(binary(b"hi")).err(),
            String::from_message(binary(b"hi")).err(),
            ByteString::from_message(binary(b"hi")).err(),
            Box::<str>::from_message(binary(b"hi")).err(),
            Arc::<str>::from_message(binary(b"hi")).err(),
            Cow::<str>::from_message(binary(b"hi")).err(),
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
        assert_eq!(&*Box::<[u8]>::from_message(binary(b"hi")).unwrap(), b"hi");
        assert_eq!(&*Arc::<[u8]>::from_message(binary(b"hi")).unwrap(), b"hi");
        let cow = Cow::<[u8]>::from_message(binary(b"hi")).unwrap();
        assert!(matches!(cow, Cow::Borrowed(b"hi")));
        for error in [
            <&[u8]>::from_message(text("hi")).err(),
            Vec::<u8>::from_message(text("hi")).err(),
            Bytes::from_message(text("hi")).err(),
            Box::<[u8]>::from_message(text("hi")).err(),
            Arc::<[u8]>::from_message(text("hi")).err(),
            Cow::<[u8]>::from_message(text("hi")).err(),
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
