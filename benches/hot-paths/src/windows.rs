//! Compressed messages that refer to earlier ones, with windows of several sizes.

use crate::{
    json::json,
    protocol::deflate::{Encoder, Inflater},
};

/// Compresses a message, and inflates it again. Returns the compressed length.
pub type Exchange = Box<dyn FnMut() -> usize>;

/// JSON of this length that comes after 32 KiB of the same kind, exchanged with each window.
pub(crate) fn exchanges(len: usize) -> Vec<(&'static str, Exchange)> {
    vec![
        ("shared", exchange(Vec::new(), similar(len, 0).1, MOST_BITS)),
        ("dedicated, 9 bits", dedicated(len, 9)),
        ("dedicated, 12 bits", dedicated(len, 12)),
        ("dedicated, 15 bits", dedicated(len, 15)),
    ]
}

const MOST_BITS: u8 = 15;

/// The bytes before the message, and the message.
fn similar(len: usize, window: usize) -> (Vec<u8>, Vec<u8>) {
    let before = 1 << MOST_BITS;
    let mut earlier = json(before + len);
    let message = earlier.split_off(before);
    (earlier.split_off(before - window), message)
}

fn dedicated(len: usize, window_bits: u8) -> Exchange {
    let (history, message) = similar(len, 1 << window_bits);
    exchange(history, message, window_bits)
}

fn exchange(history: Vec<u8>, message: Vec<u8>, window_bits: u8) -> Exchange {
    let (mut encoder, mut inflater) = (Encoder::new(), Inflater::new());
    let mut out = Vec::new();
    Box::new(move || {
        out.clear();
        encoder.encode(&history, &message, window_bits, &mut out);
        returned(&mut inflater, &history, &out, &message)
    })
}

/// The compressed length, if the message comes back.
fn returned(inflater: &mut Inflater, history: &[u8], compressed: &[u8], message: &[u8]) -> usize {
    let inflated = inflater.inflate(history, compressed, message.len());
    match inflated.is_ok_and(|inflated| inflated == message) {
        true => compressed.len(),
        false => 0,
    }
}
