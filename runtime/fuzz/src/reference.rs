//! References for inflating: another library, and zlib with only the window of a client.

use flate2::{Decompress, FlushDecompress};
use miniz_oxide::inflate::{
    TINFLStatus,
    core::{
        DecompressorOxide, decompress,
        inflate_flags::{
            TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF as WHOLE_OUTPUT,
        },
    },
};

/// The bytes that the sender has removed from the end (RFC 7692 section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// An empty final block.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Inflated {
    Message(Vec<u8>),
    TooBig,
    Invalid,
}

/// Inflates a message that may refer back to the `history`.
pub(crate) fn inflate(history: &[u8], payload: &[u8], limit: usize) -> Inflated {
    let start = history.len();
    let mut output = [history, &vec![0; limit + 1]].concat();
    let mut end = start;
    let mut rest = payload;
    loop {
        let flags = WHOLE_OUTPUT | TINFL_FLAG_HAS_MORE_INPUT;
        let mut run = |input: &[u8], flags| {
            decompress(
                &mut DecompressorOxide::new(),
                input,
                &mut output,
                end,
                flags,
            )
        };
        let (mut status, read, mut written) = run(rest, flags);
        let mut left = rest.len() - read;
        let needs_tail = status == TINFLStatus::NeedsMoreInput;
        if needs_tail {
            let whole = [rest, &TAIL, &LAST_BLOCK].concat();
            let (last, read, count) = run(&whole, WHOLE_OUTPUT);
            (status, written, left) = (last, count, whole.len() - read);
        }
        end += written;
        match status {
            _ if end - start > limit => return Inflated::TooBig,
            TINFLStatus::HasMoreOutput => return Inflated::TooBig,
            TINFLStatus::Done if left == 0 => {
                return Inflated::Message(output[start..end].to_vec());
            }
            TINFLStatus::Done if !needs_tail => rest = &rest[rest.len() - left..],
            _ => return Inflated::Invalid,
        }
    }
}

/// A client that can refer back only to its window.
#[derive(Debug)]
pub(crate) struct Client {
    inflater: Decompress,
    window_bits: u8,
}

impl Client {
    pub(crate) fn new(window_bits: u8) -> Self {
        // zlib uses 9 bits when 8 are asked for.
        let window_bits = window_bits.max(9);
        Self {
            inflater: Decompress::new_with_window_bits(false, window_bits),
            window_bits,
        }
    }

    /// Forgets the history: later messages do not refer to earlier ones.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.window_bits);
    }

    /// The next message of the connection, if it can be inflated.
    pub(crate) fn inflate(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let payload = [payload, &TAIL].concat();
        let start = self.inflater.total_in();
        let mut message = Vec::new();
        loop {
            let used = (self.inflater.total_in() - start) as usize;
            // The pieces are smaller than any window, so that zlib cannot use its output as the
            // window.
            let mut piece = Vec::with_capacity(256);
            let flush = FlushDecompress::Sync;
            let inflated = self
                .inflater
                .decompress_vec(&payload[used..], &mut piece, flush);
            message.extend_from_slice(&piece);
            if piece.len() < piece.capacity() {
                let used = (self.inflater.total_in() - start) as usize;
                return (inflated.is_ok() && used == payload.len()).then_some(message);
            }
        }
    }
}
