//! Buffers in which short texts are written, kept for the next one on the same thread.

use std::{cell::Cell, mem, thread::LocalKey};

use crate::message::SHARE_FROM;

/// A buffer that has grown beyond this is not kept.
const KEPT: usize = 2 * SHARE_FROM;

thread_local! {
    static BYTES: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static TEXT: Cell<String> = const { Cell::new(String::new()) };
}

/// Calls `with` with an empty buffer. It may take the content out.
///
/// While `with` runs, the buffer is taken: a call within the call gets another one.
#[cfg(feature = "json")]
pub(crate) fn with_bytes<R>(with: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    let mut bytes = taken(&BYTES);
    bytes.clear();
    let result = with(&mut bytes);
    if bytes.capacity() <= KEPT {
        keep(&BYTES, bytes);
    }
    result
}

/// Calls `with` with an empty text, as [`with_bytes`] does with bytes.
pub(crate) fn with_text<R>(with: impl FnOnce(&mut String) -> R) -> R {
    let mut text = taken(&TEXT);
    text.clear();
    let result = with(&mut text);
    if text.capacity() <= KEPT {
        keep(&TEXT, text);
    }
    result
}

/// The buffer of this thread. While the thread's own data are dropped there is none, and a new one
/// serves as well.
fn taken<B: Default>(buffer: &'static LocalKey<Cell<B>>) -> B {
    buffer.try_with(Cell::take).unwrap_or_default()
}

fn keep<B>(buffer: &'static LocalKey<Cell<B>>, used: B) {
    // The buffer that is dropped here is empty, or of a call within this one.
    let _ = buffer.try_with(|buffer| mem::drop(buffer.replace(used)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_within_a_call_gets_a_text_of_its_own() {
        let outer = with_text(|outer| {
            outer.push_str("outer");
            let inner = with_text(|inner| {
                assert_eq!(inner, "");
                inner.push_str("inner");
                inner.clone()
            });
            assert_eq!(inner, "inner");
            outer.clone()
        });
        assert_eq!(outer, "outer");
        with_text(|text| assert_eq!(text, ""));
    }

    #[test]
    fn a_short_text_is_written_without_an_allocation() {
        with_text(|text| text.push_str("room/7"));
        let info = allocation_counter::measure(|| with_text(|text| text.push_str("room/8")));
        assert_eq!(info.count_total, 0);
    }

    #[test]
    fn a_long_text_is_not_kept() {
        with_text(|text| text.push_str(&"x".repeat(KEPT + 1)));
        with_text(|text| assert!(text.capacity() <= KEPT));
    }
}
