//! The payloads of messages. All are text, and the same in every run.

use std::fmt::Write;

/// A payload with varying bytes, so that a check notices a byte in the wrong place.
pub(super) fn letters(size: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(size).collect()
}

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
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::deflate::deflate;

    #[test]
    fn payloads_are_text_of_the_size_that_is_asked_for() {
        for size in [0, 1, 16, 64, 256, 1000, 1024, 16 << 10] {
            for payload in [letters(size), json(size)] {
                assert_eq!(payload.len(), size);
                assert!(payload.is_ascii());
            }
        }
        assert!(json(1000).starts_with(b"{\"type\":\"trades\",\"trades\":[{\"id\":48216,"));
    }

    #[test]
    fn json_becomes_as_much_shorter_as_it_does_in_applications() {
        let payload = json(1 << 10);
        let ratio = payload.len() as f64 / deflate(&payload).unwrap().len() as f64;
        assert!((3.0..6.0).contains(&ratio), "{ratio}");
    }
}
