//! Compresses messages that refer to nothing before them (RFC 1951, with the end of RFC 7692).
//!
//! zlib is made for streams. Before each message it clears 128 KiB, which takes longer than to
//! compress a message of some hundred bytes. This encoder clears nothing between messages, and its
//! window is an argument and not a property. So one encoder serves every connection of a thread.
//!
//! ```text
//! message ── parse ──► tokens ── block ──► bits
//!              │                   ├─ code ── lengths    how many bits each symbol has
//!              ▼                   └─ header            tells the inflater these numbers
//!           chains: where the same bytes came before
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

/// Compresses messages, each independently of all others. It takes at most 264 KiB.
#[derive(Debug)]
pub(crate) struct Encoder {
    chains: Chains,
    block: Block,
}

impl Encoder {
    pub(crate) fn new() -> Self {
        Self {
            chains: Chains::new(),
            block: Block::new(),
        }
    }

    /// Appends the compressed message to `out`. It refers back by at most `1 << window_bits` bytes.
    ///
    /// The result is at most six bytes longer than the message, and six more for each 16,000 bytes
    /// of it.
    ///
    /// The message ends as if it were flushed, and not with a final block. A final block is allowed,
    /// but after one some clients cannot inflate the next message.
    pub(crate) fn encode(&mut self, message: &[u8], window_bits: u8, out: &mut Vec<u8>) {
        let window = 1 << window_bits.clamp(MIN_WINDOW_BITS, MAX_WINDOW_BITS);
        let mut output = Output::new(out);
        self.chains.start(message.len());
        self.block.start(message.len());
        let mut start = 0;
        while start < message.len() {
            let end = parse::fill(&mut self.block, &mut self.chains, message, window, start);
            self.block.write(&message[start..end], &mut output);
            start = end;
        }
        self.chains.end(message.len());
        output.finish();
    }
}

#[cfg(test)]
mod tests;
