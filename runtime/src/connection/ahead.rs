//! Events that arrive while a handler runs or the socket is paused.
//!
//! The connection still reads then, up to a small bound. So the peer's pings are answered, and its
//! end is noticed. Messages wait here for their handlers, which are called in the order of arrival.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{
    Connection, Want, limits,
    stage::{Peer, Stage},
    step::{Step, close_reason},
};
use crate::{
    outbox::ReadyState,
    protocol::{Event, Kind, Payload},
};

/// The bytes that are read while a handler runs or the socket is paused.
const MOST_BYTES: usize = 16 << 10;

/// The number of events that are kept, however small they are.
const MOST_EVENTS: usize = 64;

/// Events that wait for their handlers.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    events: VecDeque<Held>,
    /// The bytes that have been read, with those of an incomplete frame.
    bytes: usize,
}

/// An event that owns its data.
#[derive(Debug)]
pub(super) enum Held {
    Message {
        kind: Kind,
        compressed: bool,
        payload: Bytes,
    },
    /// The ping has been answered.
    Ping(Bytes),
    Pong(Bytes),
}

impl Ahead {
    /// The number of bytes that may still be read.
    fn room(&self) -> usize {
        match self.events.len() {
            ..MOST_EVENTS => MOST_BYTES.saturating_sub(self.bytes),
            _ => 0,
        }
    }

    /// Whether an event waits for its handler.
    pub(super) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }
}

impl Connection {
    /// Decodes the input while nothing can be handled. `used` bytes of it have been consumed
    /// before.
    #[cold]
    #[inline(never)]
    pub(super) fn look_ahead(&mut self, input: &mut [u8], used: &mut usize) -> Want {
        if self.core().state() != ReadyState::Open {
            self.stage.begin_closing();
        }
        let mut room = self.room_ahead();
        while *used < input.len() && room > 0 {
            let taken = self.receive_ahead(&mut input[*used..]);
            *used += taken;
            // Bytes that are not kept also count against the room of this poll.
            room = self.room_ahead().min(room.saturating_sub(taken));
        }
        match room {
            1.. if *used == input.len() => Want::Ahead(room),
            _ => Want::Patience,
        }
    }

    /// The number of bytes that may be read while nothing can be handled.
    pub(super) fn room_ahead(&self) -> usize {
        match &self.stage {
            Stage::Open {
                ahead: Some(ahead), ..
            } => ahead.room(),
            Stage::New
            | Stage::Open { ahead: None, .. }
            | Stage::Closing {
                peer: Peer::Speaks, ..
            } => MOST_BYTES,
            _ => 0,
        }
    }

    /// Whether messages that the peer sent before its end are not handled yet.
    pub(super) fn owes_peer(&self) -> bool {
        let is_left = matches!(self.stage, Stage::Left { .. });
        is_left && self.stage.ahead().is_some_and(Ahead::has_events)
    }

    /// The next waiting event.
    pub(super) fn take_ahead(&mut self) -> Option<Held> {
        let ahead = self.stage.ahead_mut()?;
        let held = ahead.as_mut()?.events.pop_front();
        if held.is_none() {
            *ahead = None;
        }
        held
    }

    /// Drops the waiting events.
    pub(super) fn forget_ahead(&mut self) {
        if let Some(ahead) = self.stage.ahead_mut() {
            *ahead = None;
        }
    }

    /// Decodes one event and keeps it, and returns how many bytes it consumed. A Close frame and a
    /// violation take effect at once.
    #[cold]
    #[inline(never)]
    fn receive_ahead(&mut self, input: &mut [u8]) -> usize {
        let len = input.len();
        let limits = limits(self.registration.core());
        let decoded = match self.decoder.decode(input, limits) {
            Ok(decoded) => decoded,
            Err(error) => {
                self.follow(Step::Violated(error));
                return len;
            }
        };
        let used = decoded.consumed;
        let mut ahead = self.stage.ahead_mut().map(Option::get_or_insert_default);
        if let Some(ahead) = &mut ahead {
            ahead.bytes += used;
        }
        let Some(event) = decoded.event else {
            return used;
        };
        let core = self.registration.core();
        let held = match event {
            Event::Close(close) => {
                let step = Step::Closed(close_reason(close));
                self.follow(step);
                return len;
            }
            _ if core.state() != ReadyState::Open => return used,
            Event::Message {
                kind,
                compressed,
                payload,
            } => Held::Message {
                kind,
                compressed,
                payload: match payload {
                    Payload::Owned(bytes) => bytes,
                    borrowed => Bytes::copy_from_slice(borrowed.as_bytes()),
                },
            },
            Event::Ping(data) => {
                core.answer_ping(data);
                Held::Ping(Bytes::copy_from_slice(data))
            }
            Event::Pong(data) => Held::Pong(Bytes::copy_from_slice(data)),
        };
        if let Some(ahead) = ahead {
            ahead.events.push_back(held);
        }
        used
    }
}
