//! Writes bits into bytes, the least significant first (RFC 1951 section 3.1.1).

/// The bytes that one flush writes, of which only the complete ones count.
const WORD: usize = 8;

/// The bytes behind those that exist already, and the bits that do not fill a byte yet.
#[derive(Debug)]
pub(super) struct Output<'o> {
    /// The bytes from `at` on are scratch: they are overwritten, or removed at the end.
    bytes: &'o mut Vec<u8>,
    at: usize,
    pending: u64,
    count: u32,
}

impl<'o> Output<'o> {
    pub(super) fn new(bytes: &'o mut Vec<u8>) -> Self {
        Self {
            at: bytes.len(),
            bytes,
            pending: 0,
            count: 0,
        }
    }

    /// Calls `write` with room for `most` bits.
    pub(super) fn write(&mut self, most: usize, write: impl FnOnce(&mut Bits<'_>)) {
        // The bits that are pending, and the unused end of the last word.
        let needed = self.at + most.div_ceil(8) + 2 * WORD;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
        let mut bits = Bits {
            out: self.bytes,
            at: self.at,
            pending: self.pending,
            count: self.count,
        };
        write(&mut bits);
        (self.at, self.pending, self.count) = (bits.at, bits.pending, bits.count);
    }

    /// Ends the message with the first byte of an empty stored block. The other bytes of that block
    /// are not sent (RFC 7692 section 7.2.1).
    pub(super) fn finish(mut self) {
        self.write(STORED_HEADER, |bits| {
            bits.add(0, 3);
            bits.align();
        });
        self.bytes.truncate(self.at);
    }
}

/// The most bits of the header of a stored block: its type, the rest of a byte, and two lengths.
pub(super) const STORED_HEADER: usize = 3 + 7 + 32;

/// The bits of one block.
#[derive(Debug)]
pub(super) struct Bits<'o> {
    out: &'o mut [u8],
    at: usize,
    /// The bits that are not written yet: the lowest `count`. The others are zero.
    pending: u64,
    count: u32,
}

impl Bits<'_> {
    /// Adds the lowest `count` bits of the `value`; the others must be zero. After
    /// [`Self::flush`] there is room for 57 bits.
    #[inline(always)]
    pub(super) fn add(&mut self, value: u32, count: u32) {
        self.pending |= u64::from(value) << (self.count & 63);
        self.count += count;
    }

    /// Adds a code: `bits | count << 16`.
    #[inline(always)]
    pub(super) fn add_code(&mut self, code: u32) {
        self.add(code & 0xffff, code >> 16);
    }

    /// Writes the complete bytes. At most seven bits stay pending.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        // Always a whole word, because that takes no branch. The next flush overwrites the bytes
        // that are not complete.
        self.out[self.at..self.at + WORD].copy_from_slice(&self.pending.to_le_bytes());
        self.at += (self.count >> 3) as usize;
        self.pending >>= self.count & 56;
        self.count &= 7;
    }

    /// Fills the last byte with zeros, and flushes.
    pub(super) fn align(&mut self) {
        self.count = self.count.next_multiple_of(8);
        self.flush();
    }

    /// Adds at most 65,535 bytes as a stored block (RFC 1951 section 3.2.4).
    pub(super) fn add_stored(&mut self, bytes: &[u8]) {
        self.add(0, 3);
        self.align();
        let len = bytes.len() as u16;
        self.add(u32::from(len), 16);
        self.add(u32::from(!len), 16);
        self.flush();
        let end = self.at + bytes.len();
        self.out[self.at..end].copy_from_slice(bytes);
        self.at = end;
    }

    /// Runs `write` on a copy of the position in locals, which the compiler keeps in registers.
    #[inline(always)]
    pub(super) fn in_registers(&mut self, write: impl FnOnce(&mut Bits<'_>)) {
        let mut bits = Bits {
            out: &mut *self.out,
            at: self.at,
            pending: self.pending,
            count: self.count,
        };
        write(&mut bits);
        let Bits {
            at, pending, count, ..
        } = bits;
        (self.at, self.pending, self.count) = (at, pending, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bit_is_the_lowest_and_blocks_continue_in_the_same_byte() {
        let mut out = vec![7];
        let mut output = Output::new(&mut out);
        output.write(4, |bits| {
            bits.add(0b1, 1);
            bits.add(0b010, 3);
            bits.flush();
        });
        output.write(57, |bits| {
            bits.add(0x1_ffff, 17);
            bits.add(0xffff_ffff, 32);
            bits.add(0, 8);
            bits.flush();
        });
        output.finish();
        assert_eq!(out, [7, 0xf5, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0]);
    }

    #[test]
    fn a_stored_block_begins_with_its_length_at_a_byte() {
        let mut out = Vec::new();
        let mut output = Output::new(&mut out);
        output.write(STORED_HEADER + 16, |bits| bits.add_stored(b"hi"));
        output.finish();
        assert_eq!(out, [0, 2, 0, 0xfd, 0xff, b'h', b'i', 0]);
    }

    #[test]
    fn nothing_is_one_byte() {
        let mut out = Vec::new();
        Output::new(&mut out).finish();
        assert_eq!(out, [0]);
    }
}
