//! From events to the functions of a module: the only part of a connection that knows the type of
//! its data.

use bytes::Bytes;

use super::{Handler, Handlers, OnControl, OnEvent};
use crate::{
    close::CloseReason,
    dispatch::{Call, Dispatch, Outcome, Running, Topic, panicked},
    error::{HandlerError, HandlerKind},
    guard,
    message::{FromMessage, Incoming, Message},
    socket::{Endpoint, Socket},
};

/// A socket and its module's functions.
pub(crate) struct Dispatcher<E: Endpoint> {
    pub(crate) socket: Socket<E>,
    pub(crate) handlers: &'static Handlers<E>,
}

impl<E: Endpoint> Dispatch for Dispatcher<E> {
    fn open(&self) -> Call {
        self.event(HandlerKind::Open, self.handlers.open.as_ref())
    }

    fn message(&self, message: Incoming<'_>) -> Call {
        const KIND: HandlerKind = HandlerKind::Message;
        match &self.handlers.message {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => done(KIND, || handler(&self.socket, message)),
            Some(Handler::Async(handler)) => match Message::from_message(message) {
                Ok(message) => running(KIND, || handler(self.socket.clone(), message)),
                Err(error) => Call::Done(Err(HandlerError::Payload(error))),
            },
        }
    }

    fn close(&self, reason: CloseReason) -> Call {
        const KIND: HandlerKind = HandlerKind::Close;
        match &self.handlers.close {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => done(KIND, || handler(&self.socket, reason)),
            Some(Handler::Async(handler)) => running(KIND, || handler(self.socket.clone(), reason)),
        }
    }

    fn drain(&self) -> Call {
        self.event(HandlerKind::Drain, self.handlers.drain.as_ref())
    }

    fn dropped(&self, message: Message) -> Call {
        const KIND: HandlerKind = HandlerKind::Dropped;
        match &self.handlers.dropped {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => done(KIND, move || handler(&self.socket, &message)),
            Some(Handler::Async(handler)) => {
                running(KIND, || handler(self.socket.clone(), message))
            }
        }
    }

    fn subscription(&self, topic: Topic, subscribers: usize) -> Call {
        const KIND: HandlerKind = HandlerKind::Subscription;
        match &self.handlers.subscription {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => {
                done(KIND, || handler(&self.socket, &topic, subscribers))
            }
            Some(Handler::Async(handler)) => {
                running(KIND, || handler(self.socket.clone(), topic, subscribers))
            }
        }
    }

    fn ping(&self, data: &[u8]) -> Call {
        self.control(HandlerKind::Ping, self.handlers.ping.as_ref(), data)
    }

    fn pong(&self, data: &[u8]) -> Call {
        self.control(HandlerKind::Pong, self.handlers.pong.as_ref(), data)
    }

    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        const KIND: HandlerKind = HandlerKind::Error;
        match &self.handlers.error {
            None => Err(error),
            Some(Handler::Sync(handler)) => Ok(done(KIND, || handler(&self.socket, error))),
            Some(Handler::Async(handler)) => {
                Ok(running(KIND, || handler(self.socket.clone(), error)))
            }
        }
    }

    fn handles_errors(&self) -> bool {
        self.handlers.error.is_some()
    }
}

impl<E: Endpoint> Dispatcher<E> {
    fn event(&self, kind: HandlerKind, handler: Option<&OnEvent<E>>) -> Call {
        match handler {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => done(kind, || handler(&self.socket)),
            Some(Handler::Async(handler)) => running(kind, || handler(self.socket.clone())),
        }
    }

    fn control(&self, kind: HandlerKind, handler: Option<&OnControl<E>>, data: &[u8]) -> Call {
        match handler {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => done(kind, || handler(&self.socket, data)),
            Some(Handler::Async(handler)) => running(kind, || {
                handler(self.socket.clone(), Bytes::copy_from_slice(data))
            }),
        }
    }
}

/// Calls a handler that is then done; a panic becomes its outcome.
#[inline]
fn done(kind: HandlerKind, call: impl FnOnce() -> Outcome) -> Call {
    match guard::call(call) {
        Ok(Ok(())) => Call::NOTHING,
        Ok(Err(failed)) => Call::Done(Err(HandlerError::new(kind, failed))),
        Err(panic) => Call::Done(Err(panicked(kind, panic))),
    }
}

/// Sets an `async` handler to work.
fn running(kind: HandlerKind, call: impl FnOnce() -> Running) -> Call {
    match guard::call(call) {
        Ok(running) => Call::Running(kind, running),
        Err(panic) => Call::Done(Err(panicked(kind, panic))),
    }
}
