use flate2::{Compress, Compression, FlushCompress};

use super::{MAX_WINDOW_BITS, MIN_DEFLATER_BITS, TAIL};

/// Room for the tail, and for what zlib may hold back.
const SPARE: usize = 64;

/// Compresses messages with a window of one size. It takes some 250 to 375 KiB.
#[derive(Debug)]
pub(crate) struct Deflater(Compress);

impl Deflater {
    /// A compressor whose messages refer back by at most `1 << window_bits` bytes. zlib has none for
    /// 8 bits, so the least is 9.
    pub(crate) fn new(window_bits: u8) -> Self {
        let window_bits = window_bits.clamp(MIN_DEFLATER_BITS, MAX_WINDOW_BITS);
        Self(Compress::new_with_window_bits(
            Compression::default(),
            false,
            window_bits,
        ))
    }

    /// Appends a message to `out` as it travels; it may refer back to the `history`, if that is not
    /// empty. `false` if it cannot be compressed; what was appended is then of no use.
    ///
    /// It ends as it was flushed, and not with a last block, which is allowed, but behind which not every
    /// client can go on. An empty message is not for this: some inflaters choke on what it would become.
    pub(crate) fn deflate(&mut self, history: &[u8], message: &[u8], out: &mut Vec<u8>) -> bool {
        self.0.reset();
        if !history.is_empty() && self.0.set_dictionary(history).is_err() {
            return false;
        }
        // A message that cannot be made shorter becomes longer by five bytes in some thousands.
        out.reserve(message.len() + message.len() / 1024 + SPARE);
        loop {
            let used = self.0.total_in() as usize;
            let flushed = self
                .0
                .compress_vec(&message[used..], out, FlushCompress::Sync);
            if flushed.is_err() {
                return false;
            }
            // All of it is out if there was room for more.
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
