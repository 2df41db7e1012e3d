//! The [client protocol](https://docs.nats.io/reference/reference-protocols/nats-protocol) of NATS:
//! bytes to events, and commands to bytes.
//!
//! It does no I/O, reads no clock, and knows nothing else of the crate, so that the fuzz target
//! includes it as source. No input makes it panic, or keep more than `MAX_LINE` or the bytes of one
//! message.

mod encode;
mod error;
mod event;
mod info;
mod line;
mod parser;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    encode::{Connect, PING, PONG, is_subject, publish, subscribe, unsubscribe},
    error::ParseError,
    event::{Event, Message},
    info::Info,
    parser::{MAX_LINE, MAX_PAYLOAD, Parser},
};
