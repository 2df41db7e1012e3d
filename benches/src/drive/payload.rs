//! The payloads of messages. All are text, and the same in every run.

pub(crate) use super::json::json;

/// A payload with varying bytes, so that a check notices a byte in the wrong place.
pub(super) fn letters(size: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(size).collect()
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
