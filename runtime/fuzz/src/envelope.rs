//! The messages between the nodes of a cluster.

use arbitrary::Arbitrary;
use levante::__drive::Envelope;

/// The length of the part that all versions have.
const PREAMBLE: usize = 21;

/// What a broker delivers.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    /// Whether the bytes get the right beginning, which no fuzzer finds.
    is_sealed: bool,
    bytes: &'a [u8],
}

/// What is read is written as the same bytes, but for what is not known of an extension. Damage is
/// noticed.
pub fn check(input: Input<'_>) {
    let bytes = match input.is_sealed {
        true => Envelope::sealed(input.bytes),
        false => input.bytes.to_vec(),
    };
    let Some(again) = Envelope::rewritten(&bytes) else {
        return;
    };
    let extension = usize::from(bytes[PREAMBLE]);
    if extension == 0 {
        assert_eq!(again, bytes);
    } else {
        let known = usize::from(again[PREAMBLE]);
        assert_eq!(again.len() + extension, bytes.len() + known);
        assert_eq!(Envelope::rewritten(&again).as_ref(), Some(&again));
    }
    for cut in (0..bytes.len()).rev().take(64) {
        assert_eq!(Envelope::rewritten(&bytes[..cut]), None);
    }
    let mut damaged = bytes.clone();
    for at in (0..bytes.len()).take(64) {
        damaged[at] ^= 1 << (at % 8);
        assert_eq!(Envelope::rewritten(&damaged), None);
        damaged[at] = bytes[at];
    }
}
