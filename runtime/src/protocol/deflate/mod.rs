//! The payload of compressed messages
//! ([RFC 7692 section 7.2](https://www.rfc-editor.org/rfc/rfc7692#section-7.2)).
//!
//! The compressors and the inflater keep nothing from one message to the next. The bytes that a
//! message may refer back to are passed with it, from a [`History`]. So they serve any number of
//! connections.

mod encoder;
mod history;
mod inflater;

pub(crate) use self::{encoder::Encoder, history::History, inflater::Inflater};

/// The smallest and the largest window that a peer may ask for, as a binary logarithm (section
/// 7.1.2).
pub(crate) const MIN_WINDOW_BITS: u8 = 8;
pub(crate) const MAX_WINDOW_BITS: u8 = 15;

/// The smallest window with which zlib compresses, and so most peers.
pub(crate) const MIN_ZLIB_WINDOW_BITS: u8 = 9;

/// The end of a flushed message: an empty block without its first bits. It is not sent.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

#[cfg(test)]
mod tests;
