//! Calls the handler for an event, and returns what follows.

use super::{ahead::Held, extra::Extra};
use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    compression::inflate,
    dispatch::{Call, Dispatch},
    message::{Incoming, Kind},
    protocol::{Event, Payload, ProtocolError, ReceivedClose},
    worker::Core,
};

/// The cost of inflating a message besides its bytes, in deliveries.
const INFLATED: usize = 16;

/// What follows from an event.
pub(super) enum Step {
    Call(Call),
    Closed(CloseReason),
    /// The peer has exceeded `max_message_rate`.
    Flooded,
    Violated(ProtocolError),
}

/// Handles an event; `None` if nothing follows from it. Always inlined: moving the event costs more
/// than the work for most events.
#[inline(always)]
pub(super) fn step(
    core: &Core,
    handlers: &dyn Dispatch,
    closing: bool,
    extra: &mut Option<Box<Extra>>,
    event: Event<'_>,
) -> Option<Step> {
    let call = match event {
        Event::Close(close) => return Some(Step::Closed(close_reason(close))),
        _ if closing => return None,
        Event::Message {
            kind,
            compressed: true,
            payload,
        } => return inflated(core, handlers, extra, kind, payload),
        Event::Message { kind, payload, .. } => match incoming(kind, &payload) {
            Ok(incoming) => hand_over(core, handlers, incoming),
            Err(error) => return Some(Step::Violated(error)),
        },
        Event::Ping(data) => {
            core.answer_ping(data);
            handlers.ping(data)
        }
        Event::Pong(data) => handlers.pong(data),
    };
    lead(call)
}

/// Counts a message and calls its handler.
#[inline(always)]
fn hand_over(core: &Core, handlers: &dyn Dispatch, message: Incoming<'_>) -> Call {
    core.meter().received(message.as_bytes().len());
    handlers.message(message)
}

#[inline]
fn lead(call: Call) -> Option<Step> {
    match call {
        // Most handlers are done at once. Moving their result around would cost more than `None`.
        Call::Done(Ok(())) => None,
        call => Some(Step::Call(call)),
    }
}

/// Handles an event that has waited for a handler to finish or for `resume`.
#[cold]
pub(super) fn step_held(
    core: &Core,
    handlers: &dyn Dispatch,
    extra: &mut Option<Box<Extra>>,
    held: Held,
) -> Option<Step> {
    let (kind, payload) = match held {
        Held::Ping(data) => return lead(handlers.ping(&data)),
        Held::Pong(data) => return lead(handlers.pong(&data)),
        Held::Message {
            kind,
            compressed,
            payload,
        } => {
            let payload = Payload::Owned(payload);
            if compressed {
                return inflated(core, handlers, extra, kind, payload);
            }
            (kind, payload)
        }
    };
    match incoming(kind, &payload) {
        Ok(incoming) => lead(hand_over(core, handlers, incoming)),
        Err(error) => Some(Step::Violated(error)),
    }
}

/// Handles a compressed message. A separate function, so that other messages do not pay for it.
#[cold]
fn inflated(
    core: &Core,
    handlers: &dyn Dispatch,
    extra: &mut Option<Box<Extra>>,
    kind: Kind,
    payload: Payload<'_>,
) -> Option<Step> {
    let mut history = Extra::history(extra);
    let before = history.as_ref().map_or(&[][..], |it| it.as_bytes());
    let limit = core.config.max_message_size;
    core.worker.count(INFLATED);
    let called = inflate(payload.as_bytes(), before, limit).and_then(|message| {
        core.worker.count(message.len() / 64);
        if let Some(history) = &mut history {
            history.push(&message);
        }
        let payload = Payload::Owned(message.into());
        Ok(hand_over(core, handlers, incoming(kind, &payload)?))
    });
    match called {
        Ok(call) => lead(call),
        Err(error) => Some(Step::Violated(error)),
    }
}

fn incoming<'m>(kind: Kind, payload: &'m Payload<'_>) -> Result<Incoming<'m>, ProtocolError> {
    Ok(match (payload, kind) {
        (Payload::Text(text), _) => Incoming::text(text, None),
        (Payload::Bytes(bytes), _) => Incoming::binary(bytes, None),
        (Payload::Owned(bytes), Kind::Binary) => Incoming::binary(bytes, Some(bytes)),
        (Payload::Owned(bytes), Kind::Text) => match std::str::from_utf8(bytes) {
            Ok(text) => Incoming::text(text, Some(bytes)),
            Err(_) => return Err(ProtocolError::InvalidUtf8),
        },
    })
}

pub(super) fn close_reason(close: Option<ReceivedClose<'_>>) -> CloseReason {
    match close {
        Some(close) => CloseReason::new(CloseCode::from(close.code), close.reason, ClosedBy::Peer),
        None => CloseReason::new(CloseCode::NoStatus, "", ClosedBy::Peer),
    }
}
