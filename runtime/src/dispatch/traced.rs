//! The traces of a connection for operators: its span, and the events of its begin and end.
//!
//! A connection is traced if a subscriber asks for its span or its events when it connects. Then
//! its handlers are called through [`Traced`]. Other connections do not use this file and pay
//! nothing for it.

use std::{cell::Cell, net::SocketAddr, sync::Arc};

use tokio::time::Instant;
use tracing::{Instrument, Level, Span};

use super::{Call, Dispatch};
use crate::{
    clock,
    close::CloseReason,
    dispatch::Topic,
    error::HandlerError,
    log::Quoted,
    message::{Incoming, Message},
    stats::Traffic,
    worker::{Core, Number},
};

/// The target of the span and of the events of connections, for filters.
pub(crate) const TARGET: &str = "levante::socket";

/// The span of a connection; disabled if no subscriber asks for it.
pub(crate) fn span(number: Number, path: &str, peer: Option<SocketAddr>) -> Span {
    tracing::info_span!(
        target: TARGET,
        "levante::socket",
        socket = number.get(),
        path = %Quoted(path),
        peer = peer.map(tracing::field::display),
    )
}

/// Whether a connection with this span is traced.
pub(crate) fn is_traced(span: &Span) -> bool {
    !span.is_disabled() || tracing::enabled!(target: TARGET, Level::DEBUG)
}

/// The handlers of a connection, called in its span.
pub(crate) struct Traced<D> {
    handlers: D,
    core: Arc<Core>,
    span: Span,
    opened: Cell<Instant>,
    received: Cell<Traffic>,
}

impl<D: Dispatch> Traced<D> {
    pub(crate) fn new(handlers: D, core: Arc<Core>, span: Span) -> Self {
        core.count_sent();
        Self {
            handlers,
            core,
            span,
            opened: Cell::new(clock::now()),
            received: Cell::default(),
        }
    }

    /// Calls a handler in the span. An `async` handler is also polled and dropped in it.
    fn call(&self, call: impl FnOnce(&D) -> Call) -> Call {
        let call = self.span.in_scope(|| call(&self.handlers));
        match call {
            Call::Running(kind, running) if !self.span.is_disabled() => {
                Call::Running(kind, Box::pin(running.instrument(self.span.clone())))
            }
            call => call,
        }
    }

    fn log_opened(&self) {
        let core = &self.core;
        tracing::debug!(
            target: TARGET,
            parent: &self.span,
            socket = core.number.get(),
            protocol = core.protocol(),
            compressed = core.compression.is_some(),
            "opened",
        );
    }

    fn log_closed(&self, reason: &CloseReason) {
        let received = self.received.get();
        let sent = self.core.sent();
        tracing::debug!(
            target: TARGET,
            parent: &self.span,
            socket = self.core.number.get(),
            code = u16::from(reason.code),
            reason = %Quoted(&*reason.reason),
            by = ?reason.by,
            duration = ?clock::now().duration_since(self.opened.get()),
            received_messages = received.messages,
            received_bytes = received.bytes,
            sent_messages = sent.messages,
            sent_bytes = sent.bytes,
            "closed",
        );
    }
}

impl<D: Dispatch> Dispatch for Traced<D> {
    fn open(&self) -> Call {
        self.opened.set(clock::now());
        self.log_opened();
        self.call(D::open)
    }

    fn message(&self, message: Incoming<'_>) -> Call {
        let mut received = self.received.get();
        received += Traffic::of(message.as_bytes().len());
        self.received.set(received);
        self.call(|handlers| handlers.message(message))
    }

    fn close(&self, reason: CloseReason) -> Call {
        self.log_closed(&reason);
        self.call(|handlers| handlers.close(reason))
    }

    fn drain(&self) -> Call {
        self.call(D::drain)
    }

    fn dropped(&self, message: Message) -> Call {
        self.call(|handlers| handlers.dropped(message))
    }

    fn subscription(&self, topic: Topic, subscribers: usize) -> Call {
        self.call(|handlers| handlers.subscription(topic, subscribers))
    }

    fn ping(&self, data: &[u8]) -> Call {
        self.call(|handlers| handlers.ping(data))
    }

    fn pong(&self, data: &[u8]) -> Call {
        self.call(|handlers| handlers.pong(data))
    }

    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        let mut refused = None;
        let call = self.call(|handlers| match handlers.error(error) {
            Ok(call) => call,
            Err(error) => {
                refused = Some(error);
                Call::NOTHING
            }
        });
        refused.map_or(Ok(call), Err)
    }

    fn handles_errors(&self) -> bool {
        self.handlers.handles_errors()
    }

    fn span(&self) -> Span {
        self.span.clone()
    }
}
