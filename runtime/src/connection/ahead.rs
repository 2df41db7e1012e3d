//! What has arrived while a handler runs or the socket is paused.
//!
//! Reading goes on then, up to a small bound: the peer's pings are answered, and its end is noticed.
//! Messages wait here for their handlers, which are called in the order in which they arrived.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{
    Connection, Stage, Want,
    step::{Step, close_reason},
};
use crate::{
    outbox::ReadyState,
    protocol::{Event, Kind, Payload},
};

/// Bytes that are read while a handler runs or the socket is paused.
const MOST_BYTES: usize = 16 << 10;

/// So many events are kept, however small they are.
const MOST_EVENTS: usize = 64;

/// Events that wait for their handlers.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    events: VecDeque<Held>,
    /// How many bytes have been read, those of incomplete frames included.
    bytes: usize,
}

/// An event that owns what it says.
#[derive(Debug)]
pub(super) enum Held {
    Message {
        kind: Kind,
        compressed: bool,
        payload: Bytes,
    },
    /// It has been answered.
    Ping(Bytes),
    Pong(Bytes),
}

impl Connection {
    /// Looks at what arrives while nothing can be handled. `used` of the input has been taken
    /// already.
    #[cold]
    #[inline(never)]
    pub(super) fn look_ahead(&mut self, input: &mut [u8], used: &mut usize) -> Want {
        if !self.peer_left && self.core().state() != ReadyState::Open {
            // It closes, so nothing of this will be handled.
            self.ahead = None;
        }
        while *used < input.len() && self.room_ahead() > 0 {
            *used += self.receive_ahead(&mut input[*used..]);
        }
        match self.room_ahead() {
            room @ 1.. if *used == input.len() => Want::Ahead(room),
            _ => Want::Patience,
        }
    }

    /// How many bytes may be read while nothing can be handled.
    pub(super) fn room_ahead(&self) -> usize {
        if self.settled || !matches!(self.stage, Stage::New | Stage::Open) {
            return 0;
        }
        match &self.ahead {
            None => MOST_BYTES,
            Some(ahead) if ahead.events.len() < MOST_EVENTS => {
                MOST_BYTES.saturating_sub(ahead.bytes)
            }
            Some(_) => 0,
        }
    }

    pub(super) fn has_ahead(&self) -> bool {
        let ahead = self.ahead.as_ref();
        ahead.is_some_and(|ahead| !ahead.events.is_empty())
    }

    /// The next event that has waited.
    pub(super) fn take_ahead(&mut self) -> Option<Held> {
        let held = self.ahead.as_mut()?.events.pop_front();
        if held.is_none() {
            self.ahead = None;
        }
        held
    }

    /// Takes one event off the input and keeps it, and returns how many bytes it was. A Close frame
    /// and a violation count at once.
    #[cold]
    #[inline(never)]
    fn receive_ahead(&mut self, input: &mut [u8]) -> usize {
        let len = input.len();
        let decoded = match self.decoder.decode(input) {
            Ok(decoded) => decoded,
            Err(error) => {
                self.follow(Step::Violated(error));
                return len;
            }
        };
        let used = decoded.consumed;
        let ahead = self.ahead.get_or_insert_default();
        ahead.bytes += used;
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
        ahead.events.push_back(held);
        used
    }
}
