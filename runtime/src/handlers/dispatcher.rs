//! Calls the functions of a module for the events of a connection. This is the only part of a
//! connection that knows the type of its data.

use bytes::Bytes;

use super::{Handler, Mount};
use crate::{
    close::CloseReason,
    dispatch::{Call, Dispatch, Outcome, Running, Topic, panicked},
    error::{HandlerError, HandlerKind},
    guard,
    message::{FromMessage, Incoming, Message},
    socket::Socket,
};

/// A socket. The functions of its module are a constant of its type, so they are called directly.
pub(crate) struct Dispatcher<E: Mount> {
    pub(crate) socket: Socket<E>,
}

/// Calls the handler of one kind: a `fn` with borrowed arguments, an `async fn` with owned ones.
macro_rules! call {
    ($this:ident, $kind:ident, $field:ident, fn($($lent:expr),*), async fn($($owned:expr),*)) => {
        match &E::HANDLERS.$field {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => {
                done(HandlerKind::$kind, move || handler(&$this.socket, $($lent),*))
            }
            Some(Handler::Async(handler)) => {
                running(HandlerKind::$kind, move || handler($this.socket.clone(), $($owned),*))
            }
        }
    };
}

impl<E: Mount> Dispatch for Dispatcher<E> {
    fn open(&self) -> Call {
        call!(self, Open, open, fn(), async fn())
    }

    fn message(&self, message: Incoming<'_>) -> Call {
        const KIND: HandlerKind = HandlerKind::Message;
        match &E::HANDLERS.message {
            None => Call::NOTHING,
            Some(Handler::Sync(handler)) => done(KIND, || handler(&self.socket, message)),
            Some(Handler::Async(handler)) => match Message::from_message(message) {
                Ok(message) => running(KIND, || handler(self.socket.clone(), message)),
                Err(error) => Call::Done(Err(HandlerError::Payload(error))),
            },
        }
    }

    fn close(&self, reason: CloseReason) -> Call {
        call!(self, Close, close, fn(reason), async fn(reason))
    }

    fn drain(&self) -> Call {
        call!(self, Drain, drain, fn(), async fn())
    }

    fn dropped(&self, message: Message) -> Call {
        call!(self, Dropped, dropped, fn(&message), async fn(message))
    }

    fn subscription(&self, topic: Topic, subscribers: usize) -> Call {
        call!(self, Subscription, subscription, fn(&topic, subscribers), async fn(topic, subscribers))
    }

    fn ping(&self, data: &[u8]) -> Call {
        call!(self, Ping, ping, fn(data), async fn(Bytes::copy_from_slice(data)))
    }

    fn pong(&self, data: &[u8]) -> Call {
        call!(self, Pong, pong, fn(data), async fn(Bytes::copy_from_slice(data)))
    }

    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        if self.handles_errors() {
            Ok(call!(self, Error, error, fn(error), async fn(error)))
        } else {
            Err(error)
        }
    }

    fn handles_errors(&self) -> bool {
        E::HANDLERS.error.is_some()
    }
}

/// Calls a sync handler. A panic becomes its result.
#[inline]
fn done(kind: HandlerKind, call: impl FnOnce() -> Outcome) -> Call {
    match guard::call(call) {
        Ok(Ok(())) => Call::NOTHING,
        Ok(Err(failed)) => Call::Done(Err(HandlerError::new(kind, failed))),
        Err(panic) => Call::Done(Err(panicked(kind, panic))),
    }
}

/// Starts an `async` handler.
fn running(kind: HandlerKind, call: impl FnOnce() -> Running) -> Call {
    match guard::call(call) {
        Ok(running) => Call::Running(kind, running),
        Err(panic) => Call::Done(Err(panicked(kind, panic))),
    }
}
