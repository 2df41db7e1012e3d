//! The symbols of lengths and distances, and their extra bits (RFC 1951 section 3.2.5).

/// The symbols of bytes and lengths. The last two are never used.
pub(super) const LITERALS: usize = 288;

/// The symbols of distances. The last two are never used.
pub(super) const DISTANCES: usize = 32;

/// The symbol that ends a block.
pub(super) const END: usize = 256;

/// The symbol of the shortest length.
pub(super) const FIRST_LENGTH: usize = 257;

/// The longest length of a match.
pub(super) const MAX_LENGTH: usize = 258;

const LENGTHS: usize = 29;

/// The shortest length of each symbol.
static LENGTH_BASES: [u16; LENGTHS] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
];

/// The extra bits of each symbol of a length.
pub(super) static LENGTH_EXTRAS: [u8; LENGTHS] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];

/// The shortest distance of each symbol. The last two symbols do not exist.
static DISTANCE_BASES: [u16; DISTANCES] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
    2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577, 0, 0,
];

/// The extra bits of each symbol of a distance.
pub(super) static DISTANCE_EXTRAS: [u8; DISTANCES] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13, 0, 0,
];

/// The symbol of each length, counted from [`FIRST_LENGTH`].
static LENGTH_SYMBOLS: [u8; MAX_LENGTH + 1] = {
    let mut symbols = [0; MAX_LENGTH + 1];
    let mut symbol = 0;
    while symbol < LENGTHS {
        // A later symbol takes the lengths that it has in common with an earlier one: 258 has one of
        // its own.
        let mut length = LENGTH_BASES[symbol] as usize;
        while length <= MAX_LENGTH {
            symbols[length] = symbol as u8;
            length += 1;
        }
        symbol += 1;
    }
    symbols
};

/// A symbol with its extra bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) symbol: usize,
    pub(super) extra: u32,
    pub(super) extra_bits: u32,
}

/// The symbol of a length from 3 to 258.
#[inline(always)]
pub(super) fn of_length(length: usize) -> Symbol {
    let symbol = usize::from(LENGTH_SYMBOLS[length]);
    Symbol {
        symbol: FIRST_LENGTH + symbol,
        extra: length as u32 - u32::from(LENGTH_BASES[symbol]),
        extra_bits: u32::from(LENGTH_EXTRAS[symbol]),
    }
}

/// The symbol of a distance from 1 to 32,768.
#[inline(always)]
pub(super) fn of_distance(distance: usize) -> Symbol {
    let symbol = distance_symbol(distance);
    Symbol {
        symbol,
        extra: distance as u32 - u32::from(DISTANCE_BASES[symbol]),
        extra_bits: u32::from(DISTANCE_EXTRAS[symbol]),
    }
}

/// Each power of two has two symbols: one for either value of the next bit.
#[inline(always)]
fn distance_symbol(distance: usize) -> usize {
    let from_zero = distance as u32 - 1;
    if from_zero < 2 {
        return from_zero as usize;
    }
    let top = from_zero.ilog2();
    (2 * top + (from_zero >> (top - 1) & 1)) as usize % DISTANCES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_and_distance_has_the_last_symbol_that_begins_before_it() {
        let last = |bases: &[u16], value: usize| {
            let begins = |base: &u16| usize::from(*base) <= value;
            bases.iter().rposition(begins).unwrap()
        };
        for length in 3..=MAX_LENGTH {
            let Symbol {
                symbol,
                extra,
                extra_bits,
            } = of_length(length);
            assert_eq!(symbol - FIRST_LENGTH, last(&LENGTH_BASES, length));
            assert!(extra < 1 << extra_bits, "{length}");
        }
        for distance in 1..=1 << 15 {
            let Symbol {
                symbol,
                extra,
                extra_bits,
            } = of_distance(distance);
            assert_eq!(symbol, last(&DISTANCE_BASES[..30], distance));
            assert!(extra < 1 << extra_bits, "{distance}");
        }
    }
}
