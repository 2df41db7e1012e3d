//! Errors of handlers and of their payloads.

use std::{borrow::Cow, error::Error, fmt, ops::Deref};

use crate::{close::CloseCode, protocol::Kind};

/// Any error a handler may return.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The reason why a message could not be turned into the payload of the `message` handler.
///
/// A handler that takes `Result<M, PayloadError>` gets it itself. Otherwise the `error` handler
/// gets it as [`HandlerError::Payload`]; without one, the connection is closed.
///
/// Its text may contain text from the peer, also line breaks. In a log line, print it with `{:?}`,
/// which escapes them.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/sum")]
/// mod sum {
///     use levante::prelude::*;
///
///     fn message(ws: &Ws, numbers: Result<Json<Vec<i64>>, PayloadError>) {
///         match numbers {
///             Ok(Json(numbers)) => ws.send(numbers.iter().sum::<i64>().to_string()),
///             Err(PayloadError::Kind { .. }) => ws.send("send text"),
///             Err(error) => ws.send(format!("send a list of numbers: {error}")),
///         };
///     }
/// }
/// # fn main() { let _ = sum::service(); }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum PayloadError {
    /// The handler takes the other kind of message. Closes with 1003.
    Kind {
        /// The kind that the handler takes.
        expected: Kind,
    },
    /// The content does not parse. Closes with 1007.
    Invalid(BoxError),
}

impl PayloadError {
    /// The content does not parse, because of `cause`.
    ///
    /// ```
    /// use levante::{FromMessage, Incoming, PayloadError};
    ///
    /// struct Percent(u8);
    ///
    /// impl<'m> FromMessage<'m> for Percent {
    ///     fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
    ///         let number = message.as_text()?.parse().map_err(PayloadError::invalid)?;
    ///         match number {
    ///             0..=100 => Ok(Self(number)),
    ///             _ => Err(PayloadError::invalid("more than 100")),
    ///         }
    ///     }
    /// }
    /// # let _ = Percent(1).0;
    /// ```
    pub fn invalid(cause: impl Into<BoxError>) -> Self {
        Self::Invalid(cause.into())
    }

    /// A frame that a typed module does not understand, with the text that its client would get.
    #[cfg(feature = "json")]
    pub(crate) fn misfit(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(Box::new(Misfit(text.into())))
    }

    pub(crate) fn close_code(&self) -> CloseCode {
        match self {
            Self::Kind { .. } => CloseCode::Unsupported,
            Self::Invalid(_) => CloseCode::Invalid,
        }
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind {
                expected: Kind::Text,
            } => f.write_str("expected a text message"),
            Self::Kind {
                expected: Kind::Binary,
            } => f.write_str("expected a binary message"),
            Self::Invalid(cause) => write!(f, "invalid payload: {cause}"),
        }
    }
}

impl Error for PayloadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Kind { .. } => None,
            Self::Invalid(cause) => Some(&**cause),
        }
    }
}

/// The failure of a handler. It is the argument of the `error` handler.
///
/// It names the handler and the cause. You may send its `Display` to the peer: that tells only what
/// is wrong with the peer's own message, or "internal error". The cause may contain secrets, so it
/// is only in [`source`](Error::source), in the variants and in `Debug`.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/sum")]
/// mod sum {
///     use levante::prelude::*;
///
///     fn message(ws: &Ws, text: &str) -> Result<(), std::num::ParseIntError> {
///         let numbers: Result<Vec<i64>, _> = text.split('+').map(str::parse).collect();
///         ws.send(numbers?.iter().sum::<i64>().to_string());
///         Ok(())
///     }
///
///     fn error(ws: &Ws, error: HandlerError) {
///         match &error {
///             HandlerError::Returned(cause) => println!("`{}`: {cause}", error.handler()),
///             other => println!("{other:?}"),
///         }
///         // "internal error", or "expected a text message".
///         ws.send(error.to_string());
///     }
/// }
/// # fn main() { let _ = sum::service(); }
/// ```
///
/// After [`Panicked`](Self::Panicked), [`TimedOut`](Self::TimedOut), and any failure of `open`, the
/// connection always closes with 1011. After any other failure it stays open if the module has an
/// `error` handler.
///
/// The engine logs each failure: a message that is no valid payload at DEBUG, since a peer can send
/// very many of them, and all others at ERROR, at most ten a second. The cause may contain text
/// from the peer: print it with `{:?}` in a log line.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandlerError {
    /// A handler returned this error.
    Returned(ReturnedError),
    /// A handler panicked with this message.
    Panicked(PanicMessage),
    /// A message could not be turned into the payload of the `message` handler, or a module with
    /// `#[on]` or `#[join]` does not understand it, and it has no id for an answer.
    Payload(PayloadError),
    /// This `async` handler took longer than [`handler_timeout`](crate::Service::handler_timeout),
    /// and its future was dropped.
    TimedOut(HandlerKind),
}

/// Names a handler of a `#[websocket]` module. As text it is the name of the function, or `on` or
/// `join` for all functions with that attribute.
///
/// ```
/// use levante::HandlerKind;
///
/// assert_eq!(HandlerKind::Message.to_string(), "message");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HandlerKind {
    /// `open`.
    Open,
    /// `message`.
    Message,
    /// `close`.
    Close,
    /// `drain`.
    Drain,
    /// `dropped`.
    Dropped,
    /// `subscription`.
    Subscription,
    /// `ping`.
    Ping,
    /// `pong`.
    Pong,
    /// `error`.
    Error,
    /// A function with `#[on]`.
    On,
    /// A function with `#[join]`.
    Join,
}

/// An error that a handler returned: [`HandlerError::Returned`].
///
/// It dereferences to the error itself, so that `cause.downcast_ref::<MyError>()` finds it.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/chat")]
/// mod chat {
///     use levante::prelude::*;
///
///     fn message(_ws: &Ws, text: &str) -> Result<(), std::num::ParseIntError> {
///         let _: u32 = text.parse()?;
///         Ok(())
///     }
///
///     fn error(_ws: &Ws, error: HandlerError) {
///         if let HandlerError::Returned(cause) = &error
///             && let Some(cause) = cause.downcast_ref::<std::num::ParseIntError>()
///         {
///             println!("no number: {:?}", cause.kind());
///         }
///     }
/// }
/// # fn main() { let _ = chat::service(); }
/// ```
#[derive(Debug)]
pub struct ReturnedError {
    handler: HandlerKind,
    error: BoxError,
}

/// The message of a panic in a handler: [`HandlerError::Panicked`]. It dereferences to the text.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/chat")]
/// mod chat {
///     use levante::prelude::*;
///
///     fn message(_ws: &Ws, text: &str) -> Result<(), std::num::ParseIntError> {
///         let _: u32 = text.parse()?;
///         Ok(())
///     }
///
///     fn error(_ws: &Ws, error: HandlerError) {
///         if let HandlerError::Panicked(message) = &error {
///             println!("{}: {} bytes", error.handler(), message.len());
///         }
///     }
/// }
/// # fn main() { let _ = chat::service(); }
/// ```
#[derive(Debug)]
pub struct PanicMessage {
    handler: HandlerKind,
    message: String,
}

/// A failure of a handler, before the handler's name is known.
#[derive(Debug)]
pub enum Failed {
    /// The handler returned this error.
    Returned(BoxError),
    /// The message could not be turned into the payload.
    Payload(PayloadError),
}

impl HandlerError {
    #[cold]
    pub(crate) fn new(handler: HandlerKind, failed: Failed) -> Self {
        match failed {
            Failed::Returned(error) => Self::Returned(ReturnedError { handler, error }),
            Failed::Payload(error) => Self::Payload(error),
        }
    }

    pub(crate) fn panicked(handler: HandlerKind, message: String) -> Self {
        Self::Panicked(PanicMessage { handler, message })
    }

    /// Which handler failed.
    ///
    /// ```
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     use levante::prelude::*;
    ///
    ///     fn message(_ws: &Ws, text: &str) -> Result<(), std::num::ParseIntError> {
    ///         let _: u32 = text.parse()?;
    ///         Ok(())
    ///     }
    ///
    ///     fn error(_ws: &Ws, error: HandlerError) {
    ///         println!("`{}` failed", error.handler());
    ///     }
    /// }
    /// # fn main() { let _ = chat::service(); }
    /// ```
    pub fn handler(&self) -> HandlerKind {
        match self {
            Self::Returned(error) => error.handler,
            Self::Panicked(message) => message.handler,
            Self::Payload(_) => HandlerKind::Message,
            Self::TimedOut(handler) => *handler,
        }
    }

    /// Whether the connection closes even if the module has an `error` handler.
    pub(crate) fn is_fatal(&self) -> bool {
        // The setup that `open` was to make is missing.
        matches!(self, Self::Panicked(_) | Self::TimedOut(_)) || self.handler() == HandlerKind::Open
    }

    pub(crate) fn close_code(&self) -> CloseCode {
        match self {
            Self::Returned(_) | Self::Panicked(_) | Self::TimedOut(_) => CloseCode::Internal,
            Self::Payload(error) => error.close_code(),
        }
    }

    /// The reason for the Close frame; empty with code 1011.
    pub(crate) fn public_reason(&self) -> &'static str {
        match self {
            Self::Payload(PayloadError::Kind {
                expected: Kind::Text,
            }) => "expected a text message",
            Self::Payload(PayloadError::Kind {
                expected: Kind::Binary,
            }) => "expected a binary message",
            Self::Payload(PayloadError::Invalid(_)) => "invalid payload",
            Self::Returned(_) | Self::Panicked(_) | Self::TimedOut(_) => "",
        }
    }

    /// The cause, for the log.
    pub(crate) fn cause(&self) -> &dyn fmt::Display {
        match self {
            Self::Returned(error) => error,
            Self::Panicked(message) => message,
            Self::Payload(error) => error,
            Self::TimedOut(_) => self,
        }
    }
}

/// The text may be sent to the peer: it does not tell the cause of an internal error.
impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(_) => f.write_str("handler took too long"),
            Self::Payload(error @ PayloadError::Invalid(cause)) if cause.is::<Misfit>() => {
                error.fmt(f)
            }
            _ => f.write_str(match self.public_reason() {
                "" => "internal error",
                reason => reason,
            }),
        }
    }
}

impl Error for HandlerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Returned(error) => Some(&*error.error),
            Self::Panicked(_) | Self::TimedOut(_) => None,
            Self::Payload(error) => Some(error),
        }
    }
}

impl HandlerKind {
    /// Every kind, in the order of the declaration.
    pub(crate) const ALL: [Self; 11] = [
        Self::Open,
        Self::Message,
        Self::Close,
        Self::Drain,
        Self::Dropped,
        Self::Subscription,
        Self::Ping,
        Self::Pong,
        Self::Error,
        Self::On,
        Self::Join,
    ];
}

impl fmt::Display for HandlerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A new kind also belongs into `ALL`.
        f.write_str(match self {
            Self::Open => "open",
            Self::Message => "message",
            Self::Close => "close",
            Self::Drain => "drain",
            Self::Dropped => "dropped",
            Self::Subscription => "subscription",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Error => "error",
            Self::On => "on",
            Self::Join => "join",
        })
    }
}

impl ReturnedError {
    /// The error as the handler returned it.
    ///
    /// ```
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     use levante::prelude::*;
    ///
    ///     fn message(_ws: &Ws, text: &str) -> Result<(), std::num::ParseIntError> {
    ///         let _: u32 = text.parse()?;
    ///         Ok(())
    ///     }
    ///
    ///     fn error(_ws: &Ws, error: HandlerError) {
    ///         if let HandlerError::Returned(cause) = error {
    ///             let cause: levante::BoxError = cause.into_inner();
    ///             println!("{cause}");
    ///         }
    ///     }
    /// }
    /// # fn main() { let _ = chat::service(); }
    /// ```
    pub fn into_inner(self) -> BoxError {
        self.error
    }
}

impl Deref for ReturnedError {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.error
    }
}

impl fmt::Display for ReturnedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl PanicMessage {
    /// The message.
    ///
    /// ```
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     use levante::prelude::*;
    ///
    ///     fn message(_ws: &Ws, text: &str) -> Result<(), std::num::ParseIntError> {
    ///         let _: u32 = text.parse()?;
    ///         Ok(())
    ///     }
    ///
    ///     fn error(_ws: &Ws, error: HandlerError) {
    ///         if let HandlerError::Panicked(message) = error {
    ///             let message: String = message.into_inner();
    ///             println!("{message}");
    ///         }
    ///     }
    /// }
    /// # fn main() { let _ = chat::service(); }
    /// ```
    pub fn into_inner(self) -> String {
        self.message
    }
}

impl Deref for PanicMessage {
    type Target = str;

    fn deref(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for PanicMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

/// What is wrong with a frame, in words that its client may read.
#[derive(Debug)]
struct Misfit(Cow<'static, str>);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Misfit {}

#[cfg(test)]
mod tests {
    use super::*;

    fn returned(handler: HandlerKind) -> HandlerError {
        let cause = "x".parse::<i32>().unwrap_err();
        HandlerError::new(handler, Failed::Returned(cause.into()))
    }

    #[test]
    fn what_the_peer_may_see_tells_no_cause() {
        let kind = |expected| PayloadError::Kind { expected };
        for (error, text) in [
            (returned(HandlerKind::Message), "internal error"),
            (
                HandlerError::panicked(HandlerKind::Message, "secret".to_owned()),
                "internal error",
            ),
            (
                HandlerError::Payload(kind(Kind::Text)),
                "expected a text message",
            ),
            (
                HandlerError::Payload(kind(Kind::Binary)),
                "expected a binary message",
            ),
            (
                HandlerError::Payload(PayloadError::invalid("secret")),
                "invalid payload",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    #[cfg(feature = "json")]
    fn what_is_wrong_with_a_frame_is_told_but_not_in_a_close_frame() {
        let error = HandlerError::Payload(PayloadError::misfit("`text` is missing"));
        assert_eq!(error.to_string(), "invalid payload: `text` is missing");
        assert_eq!(error.cause().to_string(), error.to_string());
        assert_eq!(error.public_reason(), "invalid payload");
    }

    #[test]
    fn the_cause_is_found() {
        let error = returned(HandlerKind::Ping);
        assert_eq!(error.handler(), HandlerKind::Ping);
        assert!(error.source().unwrap().is::<std::num::ParseIntError>());
        assert!(format!("{error:?}").contains("InvalidDigit"));
        let HandlerError::Returned(cause) = error else {
            panic!("{error:?}");
        };
        assert!(cause.is::<std::num::ParseIntError>());
        assert_eq!(cause.to_string(), cause.into_inner().to_string());
        let error = HandlerError::panicked(HandlerKind::Drain, "at the disco".to_owned());
        assert_eq!(error.handler(), HandlerKind::Drain);
        assert!(matches!(&error, HandlerError::Panicked(said) if said.ends_with("disco")));
    }

    #[test]
    fn the_place_of_a_kind_is_its_number() {
        for (place, kind) in HandlerKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{kind}");
        }
    }

    #[test]
    fn panics_and_every_failure_of_open_are_fatal() {
        assert!(returned(HandlerKind::Open).is_fatal());
        assert!(!returned(HandlerKind::Message).is_fatal());
        assert!(HandlerError::panicked(HandlerKind::Message, String::new()).is_fatal());
        assert!(!HandlerError::Payload(PayloadError::invalid("no")).is_fatal());
    }
}
