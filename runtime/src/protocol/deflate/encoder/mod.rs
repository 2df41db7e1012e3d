//! Compresses messages (RFC 1951, with the end of RFC 7692).
//!
//! zlib is made for streams. Before each message it clears 128 KiB, which takes longer than to
//! compress a message of some hundred bytes. This encoder clears nothing between messages, and its
//! window is an argument and not a property. So one encoder serves every connection of a thread.
//!
//! ```text
//! message ── parse ──► tokens ── block ──► bits
//!              │                   ├─ code ── lengths    how many bits each symbol has
//!              ▼                   └─ header            tells the inflater these numbers
//!           chains: where the same bytes came before, also in the history
//! ```

mod bits;
mod block;
mod chains;
mod code;
mod header;
mod lengths;
mod parse;
mod symbols;

use self::{bits::Output, block::Block, chains::Chains};
use super::{MAX_WINDOW_BITS, MIN_WINDOW_BITS};

/// Of a history, a message may refer to so many bytes, or to so many for each byte of its own, if
/// that is more. To look at all 32 KiB for a message of 50 bytes would take fifty times as long as
/// the message, and save it two bytes.
const LEAST_HISTORY: usize = 4 << 10;
const HISTORY_PER_BYTE: usize = 32;

/// The capacity up to which the buffer for a history and a message is kept.
const MOST_SPARE: usize = 64 << 10;

/// Compresses messages. It takes at most 264 KiB, and 64 KiB more from the first history on.
#[derive(Debug)]
pub(crate) struct Encoder {
    chains: Chains,
    block: Block,
    /// A history and the message behind it.
    joined: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new() -> Self {
        Self {
            chains: Chains::new(),
            block: Block::new(),
            joined: Vec::new(),
        }
    }

    /// Appends the compressed message to `out`. It refers back by at most `1 << window_bits` bytes,
    /// of itself and of the `history` before it.
    ///
    /// The result is at most six bytes longer than the message, and six more for each 16,000 bytes
    /// of it.
    ///
    /// The message ends as if it were flushed, and not with a final block. A final block is allowed,
    /// but after one some clients cannot inflate the next message.
    pub(crate) fn encode(
        &mut self,
        history: &[u8],
        message: &[u8],
        window_bits: u8,
        out: &mut Vec<u8>,
    ) {
        let window = 1 << window_bits.clamp(MIN_WINDOW_BITS, MAX_WINDOW_BITS);
        let reach = HISTORY_PER_BYTE.saturating_mul(message.len());
        let reach = reach.max(LEAST_HISTORY).min(window);
        let history = &history[history.len().saturating_sub(reach)..];
        let Self {
            chains,
            block,
            joined,
        } = self;
        let all = if history.is_empty() {
            message
        } else {
            joined.clear();
            joined.extend_from_slice(history);
            joined.extend_from_slice(message);
            &joined[..]
        };
        let mut output = Output::new(out);
        chains.start(all.len());
        chains.insert_all(all, history.len());
        block.start(message.len());
        let mut start = history.len();
        while start < all.len() {
            let end = parse::fill(block, chains, all, window, start);
            block.write(&all[start..end], &mut output);
            start = end;
        }
        chains.end(all.len());
        output.finish();
        if joined.capacity() > MOST_SPARE {
            *joined = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests;
