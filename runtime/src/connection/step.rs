//! From what arrived to what it leads to.

use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    compression::inflate,
    core::Core,
    dispatch::{Call, Dispatch},
    message::{Incoming, Kind},
    protocol::{Event, Payload, ProtocolError, ReceivedClose, deflate::History},
};

/// What an event leads to.
pub(super) enum Step {
    Call(Call),
    Closed(CloseReason),
    /// The peer has sent more than `max_message_rate` allows.
    Flooded,
    Violated(ProtocolError),
}

/// `None` if there is nothing more to be done about the event.
pub(super) fn step(
    core: &Core,
    handlers: &dyn Dispatch,
    closing: bool,
    history: Option<&mut History>,
    event: Event<'_>,
) -> Option<Step> {
    let call = match event {
        Event::Close(close) => return Some(Step::Closed(close_reason(close))),
        _ if closing => return None,
        Event::Message {
            kind,
            compressed: true,
            payload,
        } => {
            let inflated = inflated(core, history, &payload);
            let called = inflated.and_then(|it| Ok(handlers.message(incoming(kind, &it)?)));
            match called {
                Ok(call) => call,
                Err(error) => return Some(Step::Violated(error)),
            }
        }
        Event::Message { kind, payload, .. } => match incoming(kind, &payload) {
            Ok(incoming) => handlers.message(incoming),
            Err(error) => return Some(Step::Violated(error)),
        },
        Event::Ping(data) => {
            core.outbox().answer_ping(data, &core.config);
            handlers.ping(data)
        }
        Event::Pong(data) => handlers.pong(data),
    };
    match call {
        // Most handlers are done at once, and moving that around costs more than saying it.
        Call::Done(Ok(())) => None,
        call => Some(Step::Call(call)),
    }
}

/// Kept apart, so that messages which are not compressed do not pay for it.
#[cold]
fn inflated(
    core: &Core,
    history: Option<&mut History>,
    payload: &Payload<'_>,
) -> Result<Payload<'static>, ProtocolError> {
    let before = history.as_ref().map_or(&[][..], |it| it.as_bytes());
    let message = inflate(payload.as_bytes(), before, core.config.max_message_size)?;
    if let Some(history) = history {
        history.push(&message);
    }
    Ok(Payload::Owned(message.into()))
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

fn close_reason(close: Option<ReceivedClose<'_>>) -> CloseReason {
    match close {
        Some(close) => CloseReason::new(CloseCode::from(close.code), close.reason, ClosedBy::Peer),
        None => CloseReason::new(CloseCode::NoStatus, "", ClosedBy::Peer),
    }
}
