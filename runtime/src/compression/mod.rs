//! The setting `compression`, and the compressors of each thread.
//!
//! Compressors and inflaters belong to threads, not to connections ([`tools`]). They begin anew
//! with each message. With context takeover they also get the bytes before the message. A
//! connection keeps only these bytes ([`History`](crate::protocol::deflate::History)).
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

/// Whether messages may be compressed, with peers that support it
/// ([RFC 7692](https://www.rfc-editor.org/rfc/rfc7692), permessage-deflate).
///
/// The server compresses the messages that are sent or published as
/// [`Compressed`](crate::Compressed), and no others. It inflates every compressed message of a peer.
///
/// Compressors and inflaters belong to threads, not to connections. Each thread makes a compressor of
/// at most 264 KiB and an inflater of some 50 KiB when it first needs one. With
/// [`Dedicated`](Self::Dedicated) the compressor takes up to 64 KiB more.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/feed", compression = Compression::Shared)]
/// mod feed {
///     use levante::prelude::*;
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
    /// Each message is compressed independently of all others, in both directions
    /// (`server_no_context_takeover`, `client_no_context_takeover`). A connection takes no more memory
    /// than without compression.
    Shared,
    /// A message may refer to earlier ones of the same connection, so that similar messages become
    /// much shorter. From its first compressed message on, a connection keeps the last
    /// `1 << window_bits` bytes of compressed messages in each direction.
    ///
    /// It helps `send`. A published message is compressed independently, once for all subscribers, and
    /// messages sent to a subscriber afterwards refer to nothing before it. A socket may mix both, and
    /// plain messages, too.
    Dedicated {
        /// The binary logarithm of the window, which is the number of bytes kept in each direction:
        /// from 9 (512 bytes) to 15 (32 KiB). For a client that does not offer
        /// `client_max_window_bits`, the window of its own messages is always 32 KiB; browsers offer
        /// it.
        ///
        /// The compressor reads the window anew for each message: at most 4 KiB of it for a message of
        /// up to 128 bytes, and at most 32 times the message's length for a longer one. A message of 64
        /// bytes and its answer take some 9 µs of CPU, and 1 µs with [`Compression::Shared`]; of 1 KiB,
        /// 75 µs and 10 µs. With 12 bits (4 KiB) they take 7 and 15 µs, and messages become hardly
        /// longer, unless they are similar to one long ago.
        window_bits: u8,
    },
}

impl Compression {
    /// Whether the `window_bits` are in range.
    pub(crate) const fn is_valid(self) -> bool {
        match self {
            Self::Off | Self::Shared => true,
            Self::Dedicated { window_bits } => {
                window_bits >= deflate::MIN_ZLIB_WINDOW_BITS
                    && window_bits <= deflate::MAX_WINDOW_BITS
            }
        }
    }

    /// The setting with the nearest `window_bits` in range.
    pub(crate) fn clamped(self) -> Self {
        match self {
            Self::Dedicated { window_bits } => Self::Dedicated {
                window_bits: window_bits
                    .clamp(deflate::MIN_ZLIB_WINDOW_BITS, deflate::MAX_WINDOW_BITS),
            },
            other => other,
        }
    }

    /// The parameters to negotiate with a client; `None` without compression.
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
