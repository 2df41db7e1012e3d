//! Compressed messages: what is agreed on, and what each thread has for compressing them.
//!
//! Compressors and inflaters belong to threads, not to connections ([`tools`]). They begin anew with
//! each message. With context takeover they are given the bytes before the message, which are all
//! that a connection keeps ([`History`](crate::protocol::deflate::History)).
//!
//! A message that is published as `Compressed` travels plain, with an empty place for its compressed
//! frame ([`Deflated`]). The first worker that needs the frame makes it for all workers.

mod deflated;
mod tools;

pub(crate) use self::{
    deflated::Deflated,
    tools::{deflate, inflate},
};
use crate::protocol::{deflate, handshake::Wishes};

/// Whether messages may be compressed
/// ([RFC 7692](https://www.rfc-editor.org/rfc/rfc7692)'s permessage-deflate), with peers that can.
///
/// Only what is sent or published as [`Compressed`](crate::Compressed) is. What peers compress is
/// inflated, whatever it is.
///
/// No connection has a compressor or an inflater of its own. Each thread has one compressor, of some
/// 375 KiB, from the first message on that it compresses, and one inflater, of some 50 KiB; where a
/// peer asks for a smaller window than 32 KiB, there is another compressor for that size.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/feed", compression = Compression::Shared)]
/// mod feed {
///     use super::*;
///
///     fn open(ws: &Ws) {
///         ws.subscribe("feed");
///         ws.send(Compressed("a long history, which is worth it ".repeat(100)));
///     }
/// }
/// # fn main() { let _ = feed::service(); }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// No message is compressed in either direction.
    #[default]
    Off,
    /// Each message is compressed by itself, in both directions (`server_no_context_takeover`,
    /// `client_no_context_takeover`). A connection costs nothing more than without compression.
    Shared,
    /// A message may refer back to those before it on the same connection, so that similar ones
    /// become much shorter. For that, the last `1 << window_bits` bytes of what was sent compressed,
    /// and of what was received so, are kept for each connection, from its first compressed message
    /// on.
    ///
    /// It is for `send`. A message that is published is compressed by itself, once for all, and what
    /// is sent to a subscriber afterwards does not refer to anything before it. So both can be mixed
    /// on one socket, and with what is not compressed.
    Dedicated {
        /// The binary logarithm of how many bytes are kept in each direction: from 9 (512 bytes) to
        /// 15 (32 KiB). A client that cannot keep to as little when it compresses, which is none
        /// that offers `client_max_window_bits` as browsers do, has 32 KiB kept of what it sends.
        ///
        /// The more there is to refer to, the longer compressing takes: for a short message hardly
        /// longer with 4 KiB (12) than with nothing, but some nine times as long with 32 KiB, because
        /// all that is kept is read anew for each message. A tiny message that is answered with one
        /// takes some 33 µs of CPU then, where [`Compression::Shared`] takes 3.5. A peer that sends
        /// very many of them costs as much for each, so set
        /// [`max_message_rate`](crate::Service::max_message_rate), or 12 bits at most.
        window_bits: u8,
    },
}

impl Compression {
    /// Whether what it says is in range.
    pub(crate) const fn is_valid(self) -> bool {
        match self {
            Self::Off | Self::Shared => true,
            Self::Dedicated { window_bits } => {
                window_bits >= deflate::MIN_DEFLATER_BITS && window_bits <= deflate::MAX_WINDOW_BITS
            }
        }
    }

    /// The nearest that is in range.
    pub(crate) fn clamped(self) -> Self {
        match self {
            Self::Dedicated { window_bits } => Self::Dedicated {
                window_bits: window_bits
                    .clamp(deflate::MIN_DEFLATER_BITS, deflate::MAX_WINDOW_BITS),
            },
            other => other,
        }
    }

    /// What to negotiate for; `None` if nothing is to be compressed.
    pub(crate) fn wishes(self) -> Option<Wishes> {
        match self {
            Self::Off => None,
            Self::Shared => Some(Wishes {
                context_takeover: false,
                max_window_bits: deflate::MAX_WINDOW_BITS,
            }),
            Self::Dedicated { window_bits } => Some(Wishes {
                context_takeover: true,
                max_window_bits: window_bits,
            }),
        }
    }
}
