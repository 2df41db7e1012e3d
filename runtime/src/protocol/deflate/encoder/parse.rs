//! Turns a message into tokens: bytes, and references to the same bytes before.

use super::{
    block::Block,
    chains::{Chains, MIN_MATCH, Search},
};

// With these limits a message of 1 KiB takes half the time of zlib's level 6 and becomes as long,
// and longer ones differ by a few per cent. Each doubling of the depths takes a quarter longer, and
// makes messages shorter by less than one per cent.

/// How many positions are compared for a match.
const DEPTH: u32 = 8;

/// How many are compared for a better match one byte later.
const LAZY_DEPTH: u32 = 4;

/// A match of this length is taken without a look at the next byte.
const LAZY: usize = 32;

/// From this length on, half as many positions are compared for a better one.
const GOOD: usize = 16;

/// The farthest distance at which a match of [`MIN_MATCH`] bytes is shorter than these bytes.
const FARTHEST_SHORT: usize = 4096;

/// Adds tokens to the block, until it is full or the message ends. They are for the bytes from `at`
/// on. Returns the position behind them.
pub(super) fn fill(
    block: &mut Block,
    chains: &mut Chains,
    message: &[u8],
    window: usize,
    mut at: usize,
) -> usize {
    // The first position that is too near to the end for a match.
    let end = message.len().saturating_sub(MIN_MATCH - 1);
    while at < end {
        if block.is_full() {
            return at;
        }
        let nearest = chains.insert(message, at);
        if chains.has_none(message, at, nearest) {
            block.add_byte(message[at]);
            at += 1;
            continue;
        }
        let search = Search {
            nearest,
            longer_than: MIN_MATCH - 1,
            depth: DEPTH,
            window,
        };
        let found = chains
            .longest(message, at, search)
            .filter(|it| it.length > MIN_MATCH || it.distance <= FARTHEST_SHORT);
        let Some(mut found) = found else {
            block.add_byte(message[at]);
            at += 1;
            continue;
        };
        let mut inserted = at + 1;
        // A longer match may begin at the next byte. Then this byte goes by itself.
        while found.length < LAZY && at + 1 < end {
            let nearest = chains.insert(message, at + 1);
            inserted = at + 2;
            if nearest == 0 {
                break;
            }
            let search = Search {
                nearest,
                longer_than: found.length,
                depth: match found.length < GOOD {
                    true => LAZY_DEPTH,
                    false => LAZY_DEPTH / 2,
                },
                window,
            };
            let Some(better) = chains.longest(message, at + 1, search) else {
                break;
            };
            block.add_byte(message[at]);
            at += 1;
            found = better;
        }
        block.add_match(found);
        at += found.length;
        for position in inserted..at.min(end) {
            chains.insert(message, position);
        }
    }
    for &byte in &message[at..] {
        block.add_byte(byte);
    }
    message.len()
}
