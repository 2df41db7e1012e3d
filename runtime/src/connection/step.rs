//! From what arrived to what it leads to.

use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    core::Core,
    dispatch::{Call, Dispatch},
    message::{Incoming, Kind},
    protocol::{Event, Payload, ProtocolError, ReceivedClose},
};

/// What an event leads to.
pub(super) enum Step {
    Call(Call),
    Closed(CloseReason),
    Violated(ProtocolError),
}

pub(super) fn step(core: &Core, handlers: &dyn Dispatch, closing: bool, event: Event<'_>) -> Step {
    let call = match event {
        Event::Close(close) => return Step::Closed(close_reason(close)),
        _ if closing => Call::Done(Ok(())),
        // Nothing negotiates compression, so the decoder has refused it.
        Event::Message {
            compressed: true, ..
        } => {
            return Step::Violated(ProtocolError::ReservedBits);
        }
        Event::Message { kind, payload, .. } => return message(handlers, kind, &payload),
        Event::Ping(data) => {
            core.outbox().answer_ping(data, &core.config);
            handlers.ping(data)
        }
        Event::Pong(data) => handlers.pong(data),
    };
    Step::Call(call)
}

fn message(handlers: &dyn Dispatch, kind: Kind, payload: &Payload<'_>) -> Step {
    let incoming = match (payload, kind) {
        (Payload::Text(text), _) => Incoming::text(text, None),
        (Payload::Bytes(bytes), _) => Incoming::binary(bytes, None),
        (Payload::Owned(bytes), Kind::Binary) => Incoming::binary(bytes, Some(bytes)),
        (Payload::Owned(bytes), Kind::Text) => match std::str::from_utf8(bytes) {
            Ok(text) => Incoming::text(text, Some(bytes)),
            Err(_) => return Step::Violated(ProtocolError::InvalidUtf8),
        },
    };
    Step::Call(handlers.message(incoming))
}

fn close_reason(close: Option<ReceivedClose<'_>>) -> CloseReason {
    match close {
        Some(close) => CloseReason::new(CloseCode::from(close.code), close.reason, ClosedBy::Peer),
        None => CloseReason::new(CloseCode::NoStatus, "", ClosedBy::Peer),
    }
}
