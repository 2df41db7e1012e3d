//! The payload of compressed messages
//! ([RFC 7692 section 7.2](https://www.rfc-editor.org/rfc/rfc7692#section-7.2)).
//!
//! Neither side keeps anything from one message to the next by itself. What a peer may refer back
//! to is given with each message as a [`History`], so that one compressor and one inflater serve any
//! number of connections.

mod deflater;
mod history;
mod inflater;

pub(crate) use self::{deflater::Deflater, history::History, inflater::Inflater};

/// The least and the most that a peer may ask for as the binary logarithm of a window (section
/// 7.1.2).
pub(crate) const MIN_WINDOW_BITS: u8 = 8;
pub(crate) const MAX_WINDOW_BITS: u8 = 15;

/// The smallest window that zlib compresses with.
pub(crate) const MIN_DEFLATER_BITS: u8 = 9;

/// How a flushed message ends: an empty block without its first bits, which does not travel.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

#[cfg(test)]
mod tests;
