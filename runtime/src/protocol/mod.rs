//! The WebSocket protocol as [RFC 6455](https://www.rfc-editor.org/rfc/rfc6455) has it, with the
//! compression of [RFC 7692](https://www.rfc-editor.org/rfc/rfc7692), and nothing else: the rules of
//! the handshake, bytes to events, payloads to frames.
//!
//! Everything here is a pure function of the bytes it is given. There is no I/O, no clock, no
//! logging, and no word of actix or tokio, so that plain unit tests, fuzz targets and benchmarks
//! drive it directly. No input may make it panic, and none may make it hold more memory than twice
//! what has arrived, and a constant; what is inflated is bounded by a limit that is given.
//!
//! It is not built on the frame layer of actix-ws, because that ignores the reserved bits, which
//! permessage-deflate needs, and checks less of RFC 6455. Its session is a channel of 32 messages
//! without a count of bytes, so a sender could be told neither how much waits nor when to go on.

pub(crate) mod deflate;
pub(crate) mod handshake;
pub(crate) mod origin;

mod decoder;
mod event;
mod frame;
mod mask;
mod utf8;

mod close;
mod encoder;
mod error;

#[cfg(test)]
mod client;

pub use self::frame::Kind;
pub(crate) use self::{
    close::{ReceivedClose, close_payload, may_be_sent},
    decoder::Decoder,
    encoder::{Header, append_frame, message_in},
    error::ProtocolError,
    event::{Event, Payload},
    frame::{MAX_CONTROL_PAYLOAD, MAX_SERVER_HEADER, Opcode},
    utf8::Utf8Validator,
};
