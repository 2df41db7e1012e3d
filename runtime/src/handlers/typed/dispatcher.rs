//! Calls the functions of a module with `#[on]` or `#[join]` for the frames of a client.

use std::{cell::OnceCell, rc::Rc};

use tracing::Instrument;

use super::{
    super::{Dispatcher, Mount},
    Called, Joining, Typed,
    answering::{fault, tell},
    joined::Joined,
};
use crate::{
    call::{Encoded, Fault, Frame, Id, id_of},
    close::CloseReason,
    dispatch::{Call, Dispatch, TARGET, Topic, panicked},
    error::{HandlerError, HandlerKind, PayloadError},
    guard,
    log::Quoted,
    message::{Incoming, Message},
};

/// A socket and all functions of its module.
pub(crate) struct TypedDispatcher<E: Mount> {
    plain: Dispatcher<E>,
    typed: &'static Typed<E>,
    joined: OnceCell<Rc<Joined>>,
    /// Whether each call gets a span of its own, within that of the connection.
    is_traced: bool,
}

impl<E: Mount> TypedDispatcher<E> {
    pub(crate) fn new(plain: Dispatcher<E>, typed: &'static Typed<E>, is_traced: bool) -> Self {
        Self {
            plain,
            typed,
            joined: OnceCell::new(),
            is_traced,
        }
    }

    #[inline]
    fn frame(&self, text: &str) -> Result<Call, Fault> {
        let ws = &self.plain.socket;
        match Frame::read(text)? {
            Frame::Call(name, mut arguments) => {
                let call = || (self.typed.call)(ws, &name, &mut arguments);
                self.called(HandlerKind::On, &name, call)
            }
            Frame::Join(name, mut rest) => {
                let joined = self.joined.get_or_init(Rc::default);
                let joining = Joining::new(ws, &name, rest.finish()?, joined)?;
                let join = || (self.typed.join)(ws, joining).map_err(Joining::into_fault);
                self.called(HandlerKind::Join, &name, join)
            }
            Frame::Leave(name, mut rest) => {
                let id = rest.finish()?;
                Ok(self.leave(&name, id))
            }
        }
    }

    /// Calls an `#[on]` or `#[join]` function, in a span if the connection is traced.
    #[inline]
    fn called(
        &self,
        kind: HandlerKind,
        name: &str,
        call: impl FnOnce() -> Result<Called, Fault>,
    ) -> Result<Call, Fault> {
        match self.is_traced {
            true => traced(kind, name, call),
            false => called(kind, call),
        }
    }

    /// Takes a client off a topic that it has joined. It may leave any other topic, which does
    /// nothing.
    fn leave(&self, name: &str, id: Id) -> Call {
        let ws = &self.plain.socket;
        if self.joined.get().is_some_and(|joined| joined.remove(name)) {
            ws.unsubscribe(name);
        }
        let told = tell(ws.core(), id, "ok", &Encoded::new(()));
        Call::Done(told.map_err(|failed| HandlerError::new(HandlerKind::Join, failed)))
    }

    /// A frame that is not understood.
    #[cold]
    fn misfit(&self, text: &str, misfit: Fault) -> Call {
        match id_of(text) {
            id @ Some(_) => {
                fault(self.plain.socket.core(), Id(id), &misfit.into_text());
                Call::NOTHING
            }
            None => {
                let error = PayloadError::misfit(misfit.into_text());
                Call::Done(Err(HandlerError::Payload(error)))
            }
        }
    }
}

impl<E: Mount> Dispatch for TypedDispatcher<E> {
    fn message(&self, message: Incoming<'_>) -> Call {
        match message.as_text() {
            Ok(text) => match self.frame(text) {
                Ok(call) => call,
                Err(fault) => self.misfit(text, fault),
            },
            Err(error) if E::HANDLERS.message.is_none() => {
                Call::Done(Err(HandlerError::Payload(error)))
            }
            Err(_) => self.plain.message(message),
        }
    }

    fn open(&self) -> Call {
        self.plain.open()
    }

    fn close(&self, reason: CloseReason) -> Call {
        self.plain.close(reason)
    }

    fn drain(&self) -> Call {
        self.plain.drain()
    }

    fn dropped(&self, message: Message) -> Call {
        self.plain.dropped(message)
    }

    fn subscription(&self, topic: Topic, subscribers: usize) -> Call {
        self.plain.subscription(topic, subscribers)
    }

    fn ping(&self, data: &[u8]) -> Call {
        self.plain.ping(data)
    }

    fn pong(&self, data: &[u8]) -> Call {
        self.plain.pong(data)
    }

    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        self.plain.error(error)
    }

    fn handles_errors(&self) -> bool {
        self.plain.handles_errors()
    }
}

/// Calls an `#[on]` or `#[join]` function. A panic becomes its result.
#[inline]
fn called(kind: HandlerKind, call: impl FnOnce() -> Result<Called, Fault>) -> Result<Call, Fault> {
    Ok(match guard::call(call) {
        Ok(called) => match called? {
            Called::Done(Ok(())) => Call::NOTHING,
            Called::Done(Err(failed)) => Call::Done(Err(HandlerError::new(kind, failed))),
            Called::Running(running) => Call::Running(kind, running),
        },
        Err(panic) => Call::Done(Err(panicked(kind, panic))),
    })
}

/// Calls it in a span with its name. An `async fn` is also polled and dropped in it.
#[cold]
fn traced(
    kind: HandlerKind,
    name: &str,
    call: impl FnOnce() -> Result<Called, Fault>,
) -> Result<Call, Fault> {
    let span = tracing::info_span!(target: TARGET, "levante::call", %kind, name = %Quoted(name));
    match span.in_scope(|| called(kind, call))? {
        Call::Running(kind, running) if !span.is_disabled() => {
            Ok(Call::Running(kind, Box::pin(running.instrument(span))))
        }
        call => Ok(call),
    }
}
