//! What can go wrong between a message and its handler.

use std::{error::Error, fmt};

use crate::{close::CloseCode, message::Kind};

/// Any error a handler may return.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a message could not become what the `message` handler takes.
///
/// A handler that takes `Result<M, PayloadError>` deals with it itself; otherwise it goes to the
/// `error` handler as [`HandlerError::Payload`], and without one the connection is closed.
///
/// Its text may repeat words of the peer, line breaks and all: in a log line print it with `{:?}`,
/// which escapes them.
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
    pub fn invalid(cause: impl Into<BoxError>) -> Self {
        Self::Invalid(cause.into())
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

/// What the `error` handler is given.
///
/// Without such a handler the engine logs it: at debug if it is a message that does not fit, of
/// which a peer can send as many as it likes, and otherwise as an error, at most ten a second. As
/// with [`PayloadError`], the text may repeat words of the peer: print it with `{:?}` in a log line.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandlerError {
    /// A handler returned this error.
    Returned(BoxError),
    /// A handler panicked with this message. The connection closes with 1011 in any case.
    Panicked(String),
    /// A message could not become what the `message` handler takes.
    Payload(PayloadError),
    /// An `async` handler has taken longer than
    /// [`handler_timeout`](crate::Service::handler_timeout) and was dropped where it waited. The
    /// connection closes with 1011 in any case.
    TimedOut,
}

impl HandlerError {
    pub(crate) fn close_code(&self) -> CloseCode {
        match self {
            Self::Returned(_) | Self::Panicked(_) | Self::TimedOut => CloseCode::Internal,
            Self::Payload(error) => error.close_code(),
        }
    }

    /// What the peer is told. Not the cause, which may tell more than a stranger should know.
    pub(crate) fn public_reason(&self) -> &'static str {
        match self {
            Self::Payload(PayloadError::Kind {
                expected: Kind::Text,
            }) => "expected a text message",
            Self::Payload(PayloadError::Kind {
                expected: Kind::Binary,
            }) => "expected a binary message",
            Self::Payload(PayloadError::Invalid(_)) => "invalid payload",
            Self::Returned(_) | Self::Panicked(_) | Self::TimedOut => "",
        }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned(error) => write!(f, "handler failed: {error}"),
            Self::Panicked(message) => write!(f, "handler panicked: {message}"),
            Self::Payload(error) => error.fmt(f),
            Self::TimedOut => f.write_str("handler took too long"),
        }
    }
}

impl Error for HandlerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Returned(error) => Some(&**error),
            Self::Panicked(_) | Self::TimedOut => None,
            Self::Payload(error) => Some(error),
        }
    }
}
