//! Blocks: the tokens of a part of the message, in the shortest of three forms (RFC 1951 section
//! 3.2.3).

use super::{
    bits::{Bits, Output, STORED_HEADER},
    chains::Match,
    code::{Code, FIXED_DISTANCES, FIXED_LITERALS, MAX_BITS},
    header::Header,
    symbols::{
        DISTANCE_EXTRAS, DISTANCES, END, FIRST_LENGTH, LENGTH_EXTRAS, LITERALS, of_distance,
        of_length,
    },
};

/// The most tokens in memory. A power of two.
const CAPACITY: usize = 1 << 14;

/// The tokens for which there is room from the first message on.
const FIRST_CAPACITY: usize = 1 << 10;

/// A block is full a little earlier: the parser adds some tokens before it asks again. A match puts
/// off less than 32 bytes before it, and three bytes follow the last one.
const FULL: usize = CAPACITY - 64;

/// A block with codes of its own is never shorter than this: the lengths of these codes alone take
/// some 30 bytes. So for a short message none are made, which takes longer than all else.
const SHORTEST_DYNAMIC: usize = 70 * 8;

/// The most bytes of a stored block.
const LONGEST_STORED: usize = u16::MAX as usize;

/// The tokens of one block, and how often each symbol occurs in them.
#[derive(Debug)]
pub(super) struct Block {
    /// A byte, or `length << 16 | distance`.
    tokens: Vec<u32>,
    literals: Code<LITERALS, MAX_BITS>,
    distances: Code<DISTANCES, MAX_BITS>,
    header: Header,
}

impl Block {
    pub(super) const fn new() -> Self {
        Self {
            tokens: Vec::new(),
            literals: Code::new(),
            distances: Code::new(),
            header: Header::new(),
        }
    }

    /// Makes room for the tokens of a message of this length.
    pub(super) fn start(&mut self, len: usize) {
        let needed = len.clamp(FIRST_CAPACITY, CAPACITY).next_power_of_two();
        if self.tokens.capacity() < needed {
            // The old memory goes first, so that both are never held together.
            self.tokens = Vec::new();
            self.tokens.reserve_exact(needed);
        }
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.tokens.len() >= FULL
    }

    #[inline(always)]
    pub(super) fn add_byte(&mut self, byte: u8) {
        self.tokens.push(byte.into());
        self.literals.add(byte.into());
    }

    #[inline(always)]
    pub(super) fn add_match(&mut self, found: Match) {
        let Match { length, distance } = found;
        self.tokens.push((length << 16 | distance) as u32);
        self.literals.add(of_length(length).symbol);
        self.distances.add(of_distance(distance).symbol);
    }

    /// Writes the block in its shortest form, and begins the next one. The `raw` bytes are those of
    /// the tokens.
    pub(super) fn write(&mut self, raw: &[u8], output: &mut Output<'_>) {
        self.literals.add(END);
        let extra = self.extra();
        let fixed = 3 + self.fixed() + extra;
        let dynamic = match fixed > SHORTEST_DYNAMIC {
            true => self.dynamic() + extra,
            false => usize::MAX,
        };
        let stored = stored(raw.len());
        if stored < fixed.min(dynamic) {
            output.write(stored, |bits| {
                for part in raw.chunks(LONGEST_STORED) {
                    bits.add_stored(part);
                }
            });
        } else if dynamic < fixed {
            output.write(dynamic, |bits| {
                self.header.write(bits);
                let (literals, distances) = (self.literals.codes(), self.distances.codes());
                write(&self.tokens, literals, distances, bits);
            });
        } else {
            output.write(fixed, |bits| {
                bits.add(1 << 1, 3);
                write(&self.tokens, &FIXED_LITERALS, &FIXED_DISTANCES, bits);
            });
        }
        self.tokens.clear();
        self.literals.clear();
        self.distances.clear();
    }

    /// The extra bits of all matches.
    fn extra(&self) -> usize {
        let lengths = &self.literals.frequencies()[FIRST_LENGTH..];
        sum(lengths, &LENGTH_EXTRAS) + sum(self.distances.frequencies(), &DISTANCE_EXTRAS)
    }

    /// The bits of all symbols in the fixed codes.
    fn fixed(&self) -> usize {
        let count = |frequencies: &[u16]| frequencies.iter().map(|&it| usize::from(it)).sum();
        let literals = self.literals.frequencies();
        let [eight, nine, seven, eight_again]: [usize; 4] = [
            count(&literals[..144]),
            count(&literals[144..END]),
            count(&literals[END..280]),
            count(&literals[280..]),
        ];
        let distances: usize = count(self.distances.frequencies());
        7 * seven + 8 * (eight + eight_again) + 9 * nine + 5 * distances
    }

    /// Makes codes for this block alone. Returns the bits of all symbols in these codes, and of the
    /// header.
    fn dynamic(&mut self) -> usize {
        self.literals.build();
        self.distances.build();
        let header = self.header.describe(&self.literals, &self.distances);
        header + self.literals.cost() + self.distances.cost()
    }
}

fn sum(frequencies: &[u16], extras: &[u8]) -> usize {
    let bits = |(frequency, extra): (&u16, &u8)| usize::from(*frequency) * usize::from(*extra);
    frequencies.iter().zip(extras).map(bits).sum()
}

/// The most bits of these bytes without compression.
fn stored(len: usize) -> usize {
    8 * len + STORED_HEADER * len.div_ceil(LONGEST_STORED)
}

/// Writes the tokens, and the end of the block.
#[inline(never)]
fn write(
    tokens: &[u32],
    literals: &[u32; LITERALS],
    distances: &[u32; DISTANCES],
    bits: &mut Bits<'_>,
) {
    bits.in_registers(|bits| {
        for &token in tokens {
            if token < 256 {
                bits.add_code(literals[token as usize]);
            } else {
                let length = of_length((token >> 16) as usize);
                bits.add_code(literals[length.symbol]);
                bits.add(length.extra, length.extra_bits);
                let distance = of_distance((token & 0xffff) as usize);
                bits.add_code(distances[distance.symbol]);
                bits.add(distance.extra, distance.extra_bits);
            }
            // A match has at most 48 bits.
            bits.flush();
        }
        bits.add_code(literals[END]);
        bits.flush();
    });
}
