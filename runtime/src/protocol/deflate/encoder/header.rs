//! The lengths of a block's codes, as a block says them (RFC 1951 section 3.2.7).

use super::{
    bits::Bits,
    code::{Code, MAX_BITS},
    symbols::{DISTANCES, FIRST_LENGTH, LITERALS},
};

/// The symbols of lengths: the lengths, and three kinds of runs.
const SYMBOLS: usize = MAX_BITS + 4;
const REPEAT: usize = 16;
const SHORT_GAP: usize = 17;
const LONG_GAP: usize = 18;

/// The order in which the lengths of [`SYMBOLS`] are sent. The last ones are seldom used.
const ORDER: [usize; SYMBOLS] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// The first symbols of [`ORDER`], which are always sent.
const FEWEST: usize = 4;

/// The lengths of the codes of literals, and then of distances, in a code of their own.
#[derive(Debug)]
pub(super) struct Header {
    /// `symbol | extra << 5`.
    items: [u16; LITERALS + DISTANCES],
    count: usize,
    code: Code<SYMBOLS, 7>,
    /// How many lengths of literals, of distances, and of `code` are sent.
    literals: usize,
    distances: usize,
    own: usize,
    /// The last length, and how often it has come after its first time.
    last: u8,
    repeats: usize,
}

impl Header {
    pub(super) const fn new() -> Self {
        Self {
            items: [0; LITERALS + DISTANCES],
            count: 0,
            code: Code::new(),
            literals: 0,
            distances: 0,
            own: 0,
            last: 0,
            repeats: 0,
        }
    }

    /// Describes these codes. Returns how many bits that takes.
    pub(super) fn describe(
        &mut self,
        literals: &Code<LITERALS, MAX_BITS>,
        distances: &Code<DISTANCES, MAX_BITS>,
    ) -> usize {
        self.literals = literals.len().max(FIRST_LENGTH);
        self.distances = distances.len();
        (self.count, self.last, self.repeats) = (0, 0, 0);
        self.code.clear();
        let mut next = 0;
        self.add_all(literals, 0, &mut next);
        self.add_all(distances, self.literals, &mut next);
        self.end_run();
        self.code.build();
        let is_used = |&symbol: &usize| self.code.lengths()[symbol] != 0;
        let last = ORDER.iter().rposition(is_used);
        self.own = last.map_or(FEWEST, |last| FEWEST.max(last + 1));
        let runs = [REPEAT, SHORT_GAP, LONG_GAP].map(|symbol| {
            usize::from(self.code.frequencies()[symbol]) * extra_bits(symbol) as usize
        });
        3 + 5 + 5 + 4 + 3 * self.own + self.code.cost() + runs.iter().sum::<usize>()
    }

    /// Adds the lengths of the code's symbols. The first one has the position `start`, and `next` is
    /// the position behind the last one that has been added.
    fn add_all<const N: usize>(
        &mut self,
        code: &Code<N, MAX_BITS>,
        start: usize,
        next: &mut usize,
    ) {
        for &symbol in code.used() {
            let here = start + usize::from(symbol);
            if here > *next {
                self.add_gap(here - *next);
            }
            self.add(code.lengths()[usize::from(symbol)]);
            *next = here + 1;
        }
    }

    /// Adds symbols that are not used.
    fn add_gap(&mut self, mut gap: usize) {
        self.end_run();
        while gap >= 11 {
            let part = gap.min(138);
            self.put(LONG_GAP, part - 11);
            gap -= part;
        }
        if gap >= 3 {
            self.put(SHORT_GAP, gap - 3);
            gap = 0;
        }
        for _ in 0..gap {
            self.put(0, 0);
        }
        self.last = 0;
    }

    /// Adds a used symbol.
    fn add(&mut self, length: u8) {
        if length == self.last {
            self.repeats += 1;
            return;
        }
        self.end_run();
        self.put(length.into(), 0);
        self.last = length;
    }

    fn end_run(&mut self) {
        let mut run = std::mem::take(&mut self.repeats);
        while run >= 3 {
            let part = run.min(6);
            self.put(REPEAT, part - 3);
            run -= part;
        }
        for _ in 0..run {
            self.put(self.last.into(), 0);
        }
    }

    fn put(&mut self, symbol: usize, extra: usize) {
        self.items[self.count] = (symbol | extra << 5) as u16;
        self.count += 1;
        self.code.add(symbol);
    }

    /// Writes what has been described.
    pub(super) fn write(&self, bits: &mut Bits<'_>) {
        bits.add(2 << 1, 3);
        bits.add((self.literals - FIRST_LENGTH) as u32, 5);
        bits.add((self.distances - 1) as u32, 5);
        bits.add((self.own - FEWEST) as u32, 4);
        bits.flush();
        for &symbol in &ORDER[..self.own] {
            bits.add(self.code.lengths()[symbol].into(), 3);
            bits.flush();
        }
        for &item in &self.items[..self.count] {
            let symbol = usize::from(item & 31);
            bits.add_code(self.code.codes()[symbol]);
            bits.add(u32::from(item >> 5), extra_bits(symbol));
            bits.flush();
        }
    }
}

fn extra_bits(symbol: usize) -> u32 {
    match symbol {
        REPEAT => 2,
        SHORT_GAP => 3,
        LONG_GAP => 7,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::deflate::encoder::{bits::Output, symbols::END};

    #[test]
    fn it_takes_as_many_bits_as_it_says() {
        for step in [1, 2, 5, 30, 250] {
            let mut literals = Code::<LITERALS, MAX_BITS>::new();
            let mut distances = Code::<DISTANCES, MAX_BITS>::new();
            literals.add(END);
            for symbol in (0..=256).step_by(step) {
                (0..=symbol % 7).for_each(|_| literals.add(symbol));
            }
            for symbol in (0..30).step_by(step) {
                distances.add(symbol);
            }
            literals.build();
            distances.build();
            let mut header = Header::new();
            let described = header.describe(&literals, &distances);
            assert_eq!(header.describe(&literals, &distances), described);
            let mut out = Vec::new();
            let mut output = Output::new(&mut out);
            output.write(described, |bits| header.write(bits));
            output.finish();
            // The empty block after it has three bits.
            assert_eq!(out.len(), (described + 3).div_ceil(8), "{step}");
        }
    }

    #[test]
    fn gaps_and_runs_are_short() {
        let mut literals = Code::<LITERALS, MAX_BITS>::new();
        // A gap of 200, eight equal lengths, and a gap of two before the end.
        for symbol in (200..208).chain([210, END]) {
            literals.add(symbol);
            if symbol >= 208 {
                (0..20).for_each(|_| literals.add(symbol));
            }
        }
        literals.build();
        let mut distances = Code::<DISTANCES, MAX_BITS>::new();
        distances.build();
        let mut header = Header::new();
        header.describe(&literals, &distances);
        let symbols: Vec<_> = header.items[..header.count]
            .iter()
            .map(|item| (item & 31, item >> 5))
            .collect();
        let long = literals.lengths()[200].into();
        assert_eq!(
            symbols[..6],
            [(18, 127), (18, 51), (long, 0), (16, 3), (long, 0), (0, 0)]
        );
    }
}
