//! From events to the handlers of a module: the only part of a connection that knows the type of
//! its data.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;

use crate::{
    __private::{Handler, Handlers, OnControl, OnEvent, Outcome, Running, Topic},
    close::CloseReason,
    error::HandlerError,
    message::{FromMessage, Incoming, Message},
    socket::{Endpoint, Socket},
};

/// A handler that was called.
pub(crate) enum Call {
    Done(Outcome),
    Running(Running),
}

impl Call {
    /// What calling a handler that the module does not have amounts to.
    const NOTHING: Self = Self::Done(Ok(()));
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(outcome) => f.debug_tuple("Done").field(outcome).finish(),
            Self::Running(_) => f.write_str("Running"),
        }
    }
}

/// The handlers of one connection.
pub(crate) trait Dispatch {
    fn open(&self) -> Call;
    fn message(&self, message: Incoming<'_>) -> Call;
    fn close(&self, reason: CloseReason) -> Call;
    fn drain(&self) -> Call;
    fn dropped(&self, message: Message) -> Call;
    fn subscription(&self, topic: Topic, subscribers: usize) -> Call;
    fn ping(&self, data: &[u8]) -> Call;
    fn pong(&self, data: &[u8]) -> Call;
    /// Hands the error back if the module has no `error` handler.
    fn error(&self, error: HandlerError) -> Result<Call, HandlerError>;
}

/// A socket and its module's functions.
pub(crate) struct Dispatcher<E: Endpoint> {
    pub(crate) socket: Socket<E>,
    pub(crate) handlers: &'static Handlers<E>,
}

impl<E: Endpoint> Dispatch for Dispatcher<E> {
    fn open(&self) -> Call {
        self.event(self.handlers.open.as_ref())
    }

    fn message(&self, message: Incoming<'_>) -> Call {
        match &self.handlers.message {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => guard(|| Call::Done(handler(&self.socket, message))),
            Some(Handler::Async(handler)) => guard(|| match Message::from_message(message) {
                Ok(message) => Call::Running(handler(self.socket.clone(), message)),
                Err(error) => Call::Done(Err(HandlerError::Payload(error))),
            }),
        }
    }

    fn close(&self, reason: CloseReason) -> Call {
        match &self.handlers.close {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => guard(|| Call::Done(handler(&self.socket, reason))),
            Some(Handler::Async(handler)) => {
                guard(|| Call::Running(handler(self.socket.clone(), reason)))
            }
        }
    }

    fn drain(&self) -> Call {
        self.event(self.handlers.drain.as_ref())
    }

    fn dropped(&self, message: Message) -> Call {
        match &self.handlers.dropped {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => guard(|| Call::Done(handler(&self.socket, &message))),
            Some(Handler::Async(handler)) => {
                guard(|| Call::Running(handler(self.socket.clone(), message)))
            }
        }
    }

    fn subscription(&self, topic: Topic, subscribers: usize) -> Call {
        match &self.handlers.subscription {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => {
                guard(|| Call::Done(handler(&self.socket, &topic, subscribers)))
            }
            Some(Handler::Async(handler)) => {
                guard(|| Call::Running(handler(self.socket.clone(), topic, subscribers)))
            }
        }
    }

    fn ping(&self, data: &[u8]) -> Call {
        self.control(self.handlers.ping.as_ref(), data)
    }

    fn pong(&self, data: &[u8]) -> Call {
        self.control(self.handlers.pong.as_ref(), data)
    }

    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        match &self.handlers.error {
            None => Err(error),
            Some(Handler::Sync(handler)) => Ok(guard(|| Call::Done(handler(&self.socket, error)))),
            Some(Handler::Async(handler)) => {
                Ok(guard(|| Call::Running(handler(self.socket.clone(), error))))
            }
        }
    }
}

impl<E: Endpoint> Dispatcher<E> {
    fn event(&self, handler: Option<&OnEvent<E>>) -> Call {
        match handler {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => guard(|| Call::Done(handler(&self.socket))),
            Some(Handler::Async(handler)) => guard(|| Call::Running(handler(self.socket.clone()))),
        }
    }

    fn control(&self, handler: Option<&OnControl<E>>, data: &[u8]) -> Call {
        match handler {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => guard(|| Call::Done(handler(&self.socket, data))),
            Some(Handler::Async(handler)) => {
                guard(|| Call::Running(handler(self.socket.clone(), Bytes::copy_from_slice(data))))
            }
        }
    }
}

/// Calls a handler; a panic becomes its outcome.
///
/// Unwind safety is the user's own: what a panic leaves half changed is `ws.data`, whose
/// connection ends, or what the user shares between connections.
fn guard(call: impl FnOnce() -> Call) -> Call {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Call::Done(Err(panicked(panic))))
}

/// Polls an `async` handler; a panic becomes its outcome.
pub(crate) fn poll_guarded(running: &mut Running, cx: &mut Context<'_>) -> Poll<Outcome> {
    let poll = AssertUnwindSafe(|| Pin::as_mut(running).poll(cx));
    catch_unwind(poll).unwrap_or_else(|panic| Poll::Ready(Err(panicked(panic))))
}

fn panicked(panic: Box<dyn Any + Send>) -> HandlerError {
    let message = match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => match panic.downcast::<&str>() {
            Ok(message) => (*message).to_owned(),
            Err(_) => "no message".to_owned(),
        },
    };
    HandlerError::Panicked(message)
}
