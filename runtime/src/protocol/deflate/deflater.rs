use flate2::{Compress, Compression, FlushCompress};

use super::{MAX_WINDOW_BITS, MIN_DEFLATER_BITS, TAIL};

/// Room for the tail, and for bytes that zlib may hold back.
const SPARE: usize = 64;

/// Compresses messages that refer back to a history, with one size of window. It takes about 250 to
/// 375 KiB.
#[derive(Debug)]
pub(crate) struct Deflater(Compress);

impl Deflater {
    /// A compressor whose messages refer back by at most `1 << window_bits` bytes. zlib cannot
    /// compress with 8 bits, so the smallest window has 9 bits.
    pub(crate) fn new(window_bits: u8) -> Self {
        let window_bits = window_bits.clamp(MIN_DEFLATER_BITS, MAX_WINDOW_BITS);
        Self(Compress::new_with_window_bits(
            Compression::default(),
            false,
            window_bits,
        ))
    }

    /// Appends the compressed message to `out`. It may refer back to the `history`. Returns `false`
    /// if it cannot be compressed; the bytes appended to `out` are then useless.
    ///
    /// The message ends with a flush and not with a final block. A final block is allowed, but
    /// after one some clients cannot inflate the next message. Do not call this for an empty
    /// message: some inflaters fail on the result.
    pub(crate) fn deflate(&mut self, history: &[u8], message: &[u8], out: &mut Vec<u8>) -> bool {
        self.0.reset();
        if !history.is_empty() && self.0.set_dictionary(history).is_err() {
            return false;
        }
        // A message that cannot be compressed grows by five bytes per few thousand bytes.
        out.reserve(message.len() + message.len() / 1024 + SPARE);
        loop {
            let used = self.0.total_in() as usize;
            let flushed = self
                .0
                .compress_vec(&message[used..], out, FlushCompress::Sync);
            if flushed.is_err() {
                return false;
            }
            // If `out` has room left, zlib has no more output.
            if self.0.total_in() as usize == message.len() && out.len() < out.capacity() {
                break;
            }
            out.reserve(SPARE);
        }
        let ends_well = out.ends_with(&TAIL);
        out.truncate(out.len() - TAIL.len().min(out.len()));
        ends_well
    }
}
