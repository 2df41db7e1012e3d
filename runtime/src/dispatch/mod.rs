//! What a connection calls: the handlers of its module, whatever the type of their data.

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

/// What a finished handler leaves behind.
pub type Outcome = Result<(), Failed>;

/// An `async` handler at work.
pub type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// A topic that an `async` handler owns.
pub type Topic = Arc<str>;

/// A handler that was called.
pub(crate) enum Call {
    Done(Result<(), HandlerError>),
    Running(HandlerKind, Running),
}

impl Call {
    /// What calling a handler that the module does not have amounts to.
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

/// The handlers of one connection. Those that are not there do nothing.
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

/// No handlers at all.
pub(crate) struct NoHandlers;

impl Dispatch for NoHandlers {}

/// Polls an `async` handler; a panic becomes its outcome.
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
