//! Prefix codes: the bits of each symbol (RFC 1951 section 3.2.2).

use super::{
    lengths::{self, DEPTHS},
    symbols::{DISTANCES, LITERALS},
};

/// The longest code of a byte, a length or a distance.
pub(super) const MAX_BITS: usize = 15;

/// A code for at most `N` symbols, made from their frequencies. No code is longer than `MAX` bits.
#[derive(Debug)]
pub(super) struct Code<const N: usize, const MAX: usize> {
    frequencies: [u16; N],
    /// The bits of each symbol, zero for those that are not used.
    lengths: [u8; N],
    /// As in [`canonical`]. Only those of used symbols are valid.
    codes: [u32; N],
    /// The first `count` are the used symbols, in ascending order.
    used: [u16; N],
    count: usize,
    cost: u32,
}

/// The codes of a block without codes of its own (RFC 1951 section 3.2.6).
pub(super) static FIXED_LITERALS: [u32; LITERALS] = canonical(&fixed_lengths());
pub(super) static FIXED_DISTANCES: [u32; DISTANCES] = canonical(&[5; DISTANCES]);

/// How often a symbol occurs from which on equal frequencies are rare. Rarer symbols are sorted by
/// counting.
const OFTEN: usize = 64;

impl<const N: usize, const MAX: usize> Code<N, MAX> {
    pub(super) const fn new() -> Self {
        Self {
            frequencies: [0; N],
            lengths: [0; N],
            codes: [0; N],
            used: [0; N],
            count: 0,
            cost: 0,
        }
    }

    /// Forgets all symbols.
    pub(super) fn clear(&mut self) {
        self.frequencies = [0; N];
    }

    /// Counts a symbol. All symbols together may be counted 65,000 times.
    #[inline(always)]
    pub(super) fn add(&mut self, symbol: usize) {
        self.frequencies[symbol] += 1;
    }

    /// How often each symbol has been counted.
    pub(super) fn frequencies(&self) -> &[u16; N] {
        &self.frequencies
    }

    /// Makes the code of the symbols that have been counted.
    pub(super) fn build(&mut self) {
        self.find_used();
        let mut order = [0; N];
        let order = &mut order[..self.count];
        self.sort(order);
        let mut weights = [0; N];
        let weights = &mut weights[..self.count];
        for (weight, entry) in weights.iter_mut().zip(&*order) {
            *weight = entry >> 16;
        }
        let counts = lengths::counts(weights, MAX);
        self.lengths = [0; N];
        self.cost = 0;
        let mut rarest = order.iter();
        for bits in (1..=MAX).rev() {
            for entry in rarest.by_ref().take(counts[bits].into()) {
                self.lengths[(entry & 0xffff) as usize] = bits as u8;
                self.cost += (entry >> 16) * bits as u32;
            }
        }
        let mut next = first_codes(&counts);
        for &symbol in &self.used[..self.count] {
            let symbol = usize::from(symbol);
            self.codes[symbol] = take_code(&mut next, self.lengths[symbol]);
        }
    }

    /// Lists the symbols that occur. There are always two, because some inflaters refuse a code with
    /// a single symbol.
    fn find_used(&mut self) {
        loop {
            self.count = 0;
            for (symbol, &frequency) in self.frequencies.iter().enumerate() {
                // Written always, and kept if the symbol occurs: no branch.
                self.used[self.count] = symbol as u16;
                self.count += usize::from(frequency != 0);
            }
            if self.count > 1 {
                return;
            }
            let lacking = usize::from(self.frequencies[0] != 0);
            self.frequencies[lacking] = 1;
        }
    }

    /// Sorts the used symbols by frequency: `symbol | frequency << 16`.
    fn sort(&self, order: &mut [u32]) {
        let bucket = |symbol: u16| {
            let frequency = self.frequencies[usize::from(symbol)];
            (frequency, usize::from(frequency).min(OFTEN))
        };
        let used = &self.used[..self.count];
        let mut starts = [0_u16; OFTEN + 1];
        for &symbol in used {
            starts[bucket(symbol).1] += 1;
        }
        let mut start = 0;
        for entry in &mut starts {
            (*entry, start) = (start, start + *entry);
        }
        let often = usize::from(starts[OFTEN]);
        for &symbol in used {
            let (frequency, bucket) = bucket(symbol);
            order[usize::from(starts[bucket])] = u32::from(symbol) | u32::from(frequency) << 16;
            starts[bucket] += 1;
        }
        order[often..].sort_unstable();
    }

    /// The bits of all symbols that have been counted.
    pub(super) fn cost(&self) -> usize {
        self.cost as usize
    }

    /// The used symbols, in ascending order.
    pub(super) fn used(&self) -> &[u16] {
        &self.used[..self.count]
    }

    /// The bits of each symbol.
    pub(super) fn lengths(&self) -> &[u8; N] {
        &self.lengths
    }

    /// How many symbols there are up to the last one that is used.
    pub(super) fn len(&self) -> usize {
        self.used().last().map_or(0, |&last| usize::from(last) + 1)
    }

    /// The codes, as in [`canonical`].
    pub(super) fn codes(&self) -> &[u32; N] {
        &self.codes
    }
}

const fn fixed_lengths() -> [u8; LITERALS] {
    let mut lengths = [8; LITERALS];
    let mut symbol = 144;
    while symbol < 280 {
        lengths[symbol] = if symbol < 256 { 9 } else { 7 };
        symbol += 1;
    }
    lengths
}

/// The codes of symbols with these lengths: `bits | length << 16`. The first bit to send is the
/// lowest.
const fn canonical<const N: usize>(lengths: &[u8; N]) -> [u32; N] {
    let mut counts = [0; DEPTHS];
    let mut symbol = 0;
    while symbol < N {
        counts[lengths[symbol] as usize] += 1;
        symbol += 1;
    }
    let mut next = first_codes(&counts);
    let mut codes = [0; N];
    let mut symbol = 0;
    while symbol < N {
        codes[symbol] = take_code(&mut next, lengths[symbol]);
        symbol += 1;
    }
    codes
}

/// The first code of each length.
const fn first_codes(counts: &[u16; DEPTHS]) -> [u16; MAX_BITS + 1] {
    let mut next = [0; MAX_BITS + 1];
    let mut code = 0;
    let mut bits = 2;
    while bits <= MAX_BITS {
        code = (code + counts[bits - 1]) << 1;
        next[bits] = code;
        bits += 1;
    }
    next
}

const fn take_code(next: &mut [u16; MAX_BITS + 1], length: u8) -> u32 {
    let code = &mut next[length as usize];
    // Codes are sent from their highest bit on, unlike all else.
    let bits = code.reverse_bits() >> (16 - length as u32);
    *code += 1;
    bits as u32 | (length as u32) << 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 1951 section 3.2.2: the lengths of A to H, and their codes.
        let codes = canonical(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let expected = [0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111];
        for (code, expected) in codes.into_iter().zip(expected) {
            let (bits, length) = (code & 0xffff, code >> 16);
            assert_eq!(bits.reverse_bits() >> (32 - length), expected);
        }
    }

    #[test]
    fn the_fixed_codes_are_those_of_the_rfc() {
        for (symbol, length, code) in [
            (0, 8, 0b0011_0000),
            (143, 8, 0b1011_1111),
            (144, 9, 0b1_1001_0000),
            (255, 9, 0b1_1111_1111),
            (256, 7, 0),
            (279, 7, 0b001_0111),
            (280, 8, 0b1100_0000),
            (287, 8, 0b1100_0111),
        ] {
            let fixed = FIXED_LITERALS[symbol];
            assert_eq!(fixed >> 16, length, "{symbol}");
            assert_eq!((fixed & 0xffff).reverse_bits() >> (32 - length), code);
        }
        assert_eq!(FIXED_DISTANCES[1], 0b10000 | 5 << 16);
    }

    #[test]
    fn there_are_always_two_symbols() {
        for (only, both) in [(None, [0, 1]), (Some(0), [0, 1]), (Some(7), [0, 7])] {
            let mut code = Code::<10, 7>::new();
            if let Some(only) = only {
                code.add(only);
            }
            code.build();
            assert_eq!(code.used(), both);
            assert_eq!(code.len(), usize::from(both[1]) + 1);
            assert!(both.iter().all(|&it| code.lengths()[usize::from(it)] == 1));
        }
    }

    #[test]
    fn what_occurs_more_often_is_not_longer() {
        let mut code = Code::<100, 15>::new();
        for symbol in 0..100_usize {
            for _ in 0..(symbol * 37 % 100).pow(2) / 30 {
                code.add(symbol);
            }
        }
        code.build();
        for &a in code.used() {
            for &b in code.used() {
                let [a, b] = [a, b].map(usize::from);
                if code.frequencies()[a] > code.frequencies()[b] {
                    assert!(code.lengths()[a] <= code.lengths()[b]);
                }
            }
        }
        let cost = |(&n, &bits): (&u16, &u8)| usize::from(n) * usize::from(bits);
        let costs = code.frequencies().iter().zip(code.lengths()).map(cost);
        assert_eq!(code.cost(), costs.sum::<usize>());
        // It begins anew after that.
        code.clear();
        code.add(3);
        code.build();
        assert_eq!(code.used(), [0, 3]);
    }
}
