//! The handlers that a connection calls, independent of the type of their data.

mod traced;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tracing::Span;

pub(crate) use self::traced::{TARGET, Traced, is_traced, span};
use crate::{
    close::CloseReason,
    error::{Failed, HandlerError, HandlerKind},
    guard,
    message::{Incoming, Message},
};

/// The result of a finished handler.
pub type Outcome = Result<(), Failed>;

/// A running `async` handler.
pub type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// A topic in the form that an `async` handler owns.
pub type Topic = Arc<str>;

/// The result of calling a handler.
pub(crate) enum Call {
    Done(Result<(), HandlerError>),
    Running(HandlerKind, Running),
}

impl Call {
    /// The result of calling a handler that the module does not have.
    pub(crate) const NOTHING: Self = Self::Done(Ok(()));
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(outcome) => f.debug_tuple("Done").field(outcome).finish(),
            Self::Running(kind, _) => f.debug_tuple("Running").field(kind).finish(),
        }
    }
}

/// The handlers of one connection. A handler that the module does not have does nothing.
pub(crate) trait Dispatch {
    fn open(&self) -> Call {
        Call::NOTHING
    }
    fn message(&self, _: Incoming<'_>) -> Call {
        Call::NOTHING
    }
    fn close(&self, _: CloseReason) -> Call {
        Call::NOTHING
    }
    fn drain(&self) -> Call {
        Call::NOTHING
    }
    fn dropped(&self, _: Message) -> Call {
        Call::NOTHING
    }
    fn subscription(&self, _: Topic, _: usize) -> Call {
        Call::NOTHING
    }
    fn ping(&self, _: &[u8]) -> Call {
        Call::NOTHING
    }
    fn pong(&self, _: &[u8]) -> Call {
        Call::NOTHING
    }
    /// Hands the error back if the module has no `error` handler.
    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        Err(error)
    }
    /// Whether the module has an `error` handler.
    fn handles_errors(&self) -> bool {
        false
    }
    /// The span of the connection, in which its handlers are called.
    fn span(&self) -> Span {
        Span::none()
    }
}

/// A module without handlers.
pub(crate) struct NoHandlers;

impl Dispatch for NoHandlers {}

/// Polls an `async` handler. A panic becomes its result.
pub(crate) fn poll_guarded(
    kind: HandlerKind,
    running: &mut Running,
    cx: &mut Context<'_>,
) -> Poll<Result<(), HandlerError>> {
    match guard::call(|| Pin::as_mut(running).poll(cx)) {
        Ok(poll) => poll.map_err(|failed| HandlerError::new(kind, failed)),
        Err(panic) => Poll::Ready(Err(panicked(kind, panic))),
    }
}

#[cold]
pub(crate) fn panicked(kind: HandlerKind, panic: guard::Panic) -> HandlerError {
    HandlerError::panicked(kind, panic.into_message())
}
