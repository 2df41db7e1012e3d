//! The WebSocket protocol of [RFC 6455](https://www.rfc-editor.org/rfc/rfc6455), with the
//! compression of [RFC 7692](https://www.rfc-editor.org/rfc/rfc7692), and nothing else. It checks
//! handshakes, decodes bytes to events, and encodes payloads to frames.
//!
//! Everything here is a pure function of its input bytes. It does no I/O, reads no clock, logs
//! nothing and uses neither actix nor tokio, so that unit tests, fuzz targets and benchmarks can
//! call it directly. No input may make it panic. No input may make it hold more memory than a
//! constant and twice the bytes that have arrived. Inflated data are bounded by a limit that the
//! caller gives.
//!
//! It does not use the frame layer of actix-ws, for two reasons. That layer ignores the reserved
//! bits, which permessage-deflate needs, and checks less of RFC 6455. And its session is a channel
//! of 32 messages without a count of bytes, so a sender could learn neither how many bytes wait nor
//! when to go on.

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
    decoder::{Decoder, Limits},
    encoder::{Header, append_frame, message_in, payload_len_of},
    error::ProtocolError,
    event::{Event, Payload},
    frame::{MAX_CONTROL_PAYLOAD, MAX_SERVER_HEADER, Opcode},
    utf8::Utf8Validator,
};
