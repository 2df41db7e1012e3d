//! How long the codes of symbols are: a Huffman code with a limit.

/// The depths that a tree of one block can have. A tree of depth `n` needs at least as many symbols
/// as the `n`th Fibonacci number, and a block has fewer than the 24th.
pub(super) const DEPTHS: usize = 33;

/// How many codes have each length, so that no code is longer than `most` bits and the message is
/// short. The `weights` are in ascending order. There must be at least two, and not more than codes
/// of `most` bits. The `weights` are overwritten.
pub(super) fn counts(weights: &mut [u32], most: usize) -> [u16; DEPTHS] {
    let mut counts = [0; DEPTHS];
    if weights.len() == 2 {
        counts[1] = 2;
        return counts;
    }
    link(weights);
    measure(weights, &mut counts);
    limit(&mut counts, most);
    counts
}

/// Builds the tree in place (Moffat and Katajainen, "In-place calculation of minimum-redundancy
/// codes"). Each node in the result holds the index of its parent, and the last one is the root.
fn link(nodes: &mut [u32]) {
    let mut leaf = 0;
    let mut node = 0;
    // A node takes the two lightest of what is left, from the leaves and from the nodes before it.
    let mut lightest = |next: usize, nodes: &mut [u32]| {
        let is_leaf = leaf < nodes.len() && (node >= next || nodes[leaf] <= nodes[node]);
        if is_leaf {
            leaf += 1;
            nodes[leaf - 1]
        } else {
            let weight = nodes[node];
            nodes[node] = next as u32;
            node += 1;
            weight
        }
    };
    for next in 0..nodes.len() - 1 {
        // The weight at `next` has been taken: with each node two are taken, and one is added.
        let first = lightest(next, nodes);
        nodes[next] = first + lightest(next, nodes);
    }
}

/// Turns parents into depths, from the root down, and counts the leaves of each depth.
fn measure(nodes: &mut [u32], counts: &mut [u16; DEPTHS]) {
    let inner = nodes.len() - 1;
    let root = inner - 1;
    nodes[root] = 0;
    for node in (0..root).rev() {
        nodes[node] = nodes[nodes[node] as usize] + 1;
    }
    // The nodes of a depth, less those that have children, are leaves.
    let mut nodes_here = 1;
    let mut rest = inner;
    for (depth, count) in counts.iter_mut().enumerate() {
        let mut parents = 0;
        while rest > 0 && nodes[rest - 1] as usize == depth {
            parents += 1;
            rest -= 1;
        }
        *count = nodes_here - parents;
        nodes_here = 2 * parents;
    }
}

/// Shortens the codes that are too long, and lengthens others until all codes fit. That is not
/// always the shortest message, but nearly, and such codes are rare.
fn limit(counts: &mut [u16; DEPTHS], most: usize) {
    let too_long: u16 = counts[most + 1..].iter().sum();
    if too_long == 0 {
        return;
    }
    counts[most + 1..].fill(0);
    counts[most] += too_long;
    // In units of the longest code. A code of one bit less takes twice as much.
    let mut used: u32 = (1..=most)
        .map(|bits| u32::from(counts[bits]) << (most - bits))
        .sum();
    while used > 1 << most {
        let Some(shorter) = (1..most).rev().find(|&bits| counts[bits] > 0) else {
            break;
        };
        // A shorter code becomes the parent of two: of itself, and of one of the longest codes.
        counts[most] -= 1;
        counts[shorter] -= 1;
        counts[shorter + 1] += 2;
        used -= 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The bits of the message, computed with a list of all weights.
    fn shortest(weights: &[u32]) -> u32 {
        let mut weights = weights.to_vec();
        let mut bits = 0;
        while weights.len() > 1 {
            weights.sort_unstable();
            let sum = weights[0] + weights[1];
            weights.splice(..2, [sum]);
            bits += sum;
        }
        bits
    }

    fn bits(weights: &[u32], counts: &[u16; DEPTHS]) -> u32 {
        let lengths = (1..DEPTHS)
            .rev()
            .flat_map(|bits| std::iter::repeat_n(bits as u32, counts[bits].into()));
        weights.iter().zip(lengths).map(|(w, bits)| w * bits).sum()
    }

    fn is_complete(counts: &[u16; DEPTHS]) -> bool {
        let used: u64 = (1..DEPTHS)
            .map(|bits| u64::from(counts[bits]) << (DEPTHS - bits))
            .sum();
        counts[0] == 0 && used == 1 << DEPTHS
    }

    #[test]
    fn two_symbols_have_one_bit_each() {
        let counts = counts(&mut [1, 100], 15);
        assert_eq!(counts[..3], [0, 2, 0]);
    }

    #[test]
    fn the_deepest_tree_of_a_block_is_cut_at_the_limit() {
        let mut fibonacci = vec![1, 1];
        while fibonacci.iter().sum::<u32>() < 17_000 {
            fibonacci.push(fibonacci[fibonacci.len() - 1] + fibonacci[fibonacci.len() - 2]);
        }
        let free = counts(&mut fibonacci.clone(), DEPTHS - 1);
        assert!(is_complete(&free) && free[16..].iter().any(|&count| count > 0));
        let cut = counts(&mut fibonacci.clone(), 15);
        assert!(is_complete(&cut) && cut[16..].iter().all(|&count| count == 0));
        assert!(bits(&fibonacci, &cut) < bits(&fibonacci, &free) + 100);
    }

    proptest! {
        #[test]
        fn codes_are_complete_and_as_short_as_any(
            mut weights in prop::collection::vec(
                prop_oneof![1..4u32, 1..100u32, 1..10_000u32],
                2..=288,
            ),
        ) {
            weights.sort_unstable();
            let free = counts(&mut weights.clone(), DEPTHS - 1);
            prop_assert!(is_complete(&free));
            prop_assert_eq!(bits(&weights, &free), shortest(&weights));
            let cut = counts(&mut weights.clone(), 10);
            prop_assert!(is_complete(&cut));
            prop_assert!(cut[11..].iter().all(|&count| count == 0));
        }
    }
}
