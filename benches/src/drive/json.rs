//! A payload for compression. The hot paths include this file as source.

use std::fmt::Write;

/// A typical payload for compression: JSON in which little more than the keys repeats. It is cut at
/// `size` bytes.
pub(crate) fn json(size: usize) -> Vec<u8> {
    let mut numbers = Numbers(1);
    let mut json = r#"{"type":"trades","trades":["#.to_owned();
    let mut id = 48_210;
    while json.len() < size {
        id += 1 + numbers.below(9);
        // Writing to a string cannot fail.
        let _ = write!(
            json,
            r#"{{"id":{id},"symbol":"{}","price":{}.{:02},"quantity":{},"side":"{}","at":"09:30:{:02}.{:03}"}},"#,
            numbers.one_of(&["ACME", "GLOBEX", "INITECH", "UMBRELLA", "HOOLI", "WONKA"]),
            10 + numbers.below(490),
            numbers.below(100),
            10 + 10 * numbers.below(99),
            numbers.one_of(&["buy", "sell"]),
            numbers.below(60),
            numbers.below(1000),
        );
    }
    json.truncate(size);
    json.into()
}

/// Numbers that look random, by Knuth's generator.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub(crate) fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}
