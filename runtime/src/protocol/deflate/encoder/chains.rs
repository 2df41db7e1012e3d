//! Where the same bytes came before.

/// The shortest match that is found. Shorter ones save little, and there are many of them.
pub(super) const MIN_MATCH: usize = 4;

/// The positions that are remembered, as many as the largest window has.
const POSITIONS: usize = 1 << 15;

/// The step of a chain has 16 bits, and zero means its end.
const MAX_DISTANCE: usize = POSITIONS - 1;

/// The entries of the table, as a binary logarithm.
const MAX_TABLE_BITS: u32 = 15;
const MIN_TABLE_BITS: u32 = 8;

/// How much larger the table is than the message, as a binary logarithm. In a larger table fewer
/// positions share an entry, but more of it has to come into the cache.
const SPARE_BITS: u32 = 3;

/// A match of this length is good enough: longer ones are not looked for.
const NICE: usize = 64;

/// The longest length of a match.
const MAX_MATCH: usize = super::symbols::MAX_LENGTH;

/// For each hash of four bytes, the chain of the positions where bytes with this hash begin.
///
/// Nothing is cleared between messages. The table holds the positions of all messages as if they
/// were one, so an entry of an earlier message is farther away than the message's own start. The
/// numbers wrap after 4 GiB. Then an old entry may look like a position of this message; that does
/// no harm, because all bytes of a match are compared.
#[derive(Debug)]
pub(super) struct Chains {
    /// The last position with each hash, counted from the first message on.
    heads: Box<[u32; 1 << MAX_TABLE_BITS]>,
    /// The distance of each position to the one before it in its chain; zero at the end.
    steps: Box<[u16; POSITIONS]>,
    /// The number of the message's first position.
    base: u32,
    /// Shifts a hash so that the highest bits remain, as many as the table has.
    shift: u32,
}

/// The same bytes as at a position, this far before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) length: usize,
    pub(super) distance: usize,
}

/// How to look for a match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// The distance of the first position to look at. At least one.
    pub(super) nearest: usize,
    /// The match must be longer than this. At least `MIN_MATCH - 1`.
    pub(super) longer_than: usize,
    /// How many positions to look at.
    pub(super) depth: u32,
    /// The largest distance.
    pub(super) window: usize,
}

impl Chains {
    pub(super) fn new() -> Self {
        Self {
            heads: zeros(),
            steps: zeros(),
            // Zero is farther away than the start of the first message.
            base: 1,
            shift: 32 - MAX_TABLE_BITS,
        }
    }

    /// Begins a message of this length.
    pub(super) fn start(&mut self, len: usize) {
        let bits = len.max(1).ilog2() + SPARE_BITS;
        self.shift = 32 - bits.clamp(MIN_TABLE_BITS, MAX_TABLE_BITS);
    }

    /// Ends the message.
    pub(super) fn end(&mut self, len: usize) {
        // One more, so that the last position of this message is not the next one's.
        self.base = self.base.wrapping_add(len as u32).wrapping_add(1);
    }

    /// Remembers a position. Returns the distance to the last one with the same hash; zero if there
    /// is none near enough. All positions must be inserted, in order, that have [`MIN_MATCH`] bytes.
    #[inline(always)]
    pub(super) fn insert(&mut self, message: &[u8], at: usize) -> usize {
        let hash = load_4(message, at).wrapping_mul(0x9e37_79b1) >> self.shift;
        let head = &mut self.heads[hash as usize % (1 << MAX_TABLE_BITS)];
        let here = self.base.wrapping_add(at as u32);
        let distance = here.wrapping_sub(*head) as usize;
        *head = here;
        let distance = match distance > at.min(MAX_DISTANCE) {
            true => 0,
            false => distance,
        };
        self.steps[at % POSITIONS] = distance as u16;
        distance
    }

    /// Remembers the positions before `end` that have [`MIN_MATCH`] bytes.
    pub(super) fn insert_all(&mut self, bytes: &[u8], end: usize) {
        for at in 0..end.min((bytes.len() + 1).saturating_sub(MIN_MATCH)) {
            self.insert(bytes, at);
        }
    }

    /// Whether [`Self::longest`] finds nothing, which most often can be told at once: there is no
    /// position with this hash, or a single one with other bytes.
    ///
    /// The parts are computed without a branch, because none of them can be predicted.
    #[inline(always)]
    pub(super) fn has_none(&self, message: &[u8], at: usize, nearest: usize) -> bool {
        let from = at - nearest;
        let differs = load_4(message, from) != load_4(message, at);
        let is_last = self.steps[from % POSITIONS] == 0;
        (nearest == 0) | (differs & is_last)
    }

    /// The longest match at this position. Of equally long ones it is the nearest.
    #[inline(always)]
    pub(super) fn longest(&self, message: &[u8], at: usize, search: Search) -> Option<Match> {
        let most = (message.len() - at).min(MAX_MATCH);
        let enough = NICE.min(most);
        let mut longest = search.longer_than;
        if longest >= most {
            return None;
        }
        // The four bytes that a longer match must have. The last ones differ most often.
        let mut tail = load_4(message, at + longest + 1 - MIN_MATCH);
        let mut found = None;
        let mut distance = search.nearest;
        for _ in 0..search.depth {
            if distance > search.window.min(MAX_DISTANCE) {
                break;
            }
            let from = at - distance;
            if load_4(message, from + longest + 1 - MIN_MATCH) == tail {
                let length = common(message, from, at, most);
                if length > longest {
                    longest = length;
                    found = Some(Match { length, distance });
                    if length >= enough {
                        break;
                    }
                    tail = load_4(message, at + longest + 1 - MIN_MATCH);
                }
            }
            match self.steps[from % POSITIONS] {
                0 => break,
                step => distance += usize::from(step),
            }
        }
        found
    }

    /// Continues as if so many bytes had been compressed before.
    #[cfg(test)]
    pub(super) fn set_base(&mut self, base: u32) {
        self.base = base;
    }
}

/// On the heap from the start: the stack of a thread may be small.
fn zeros<T: Copy + Default, const N: usize>() -> Box<[T; N]> {
    let zeros = vec![T::default(); N].into_boxed_slice();
    zeros
        .try_into()
        .unwrap_or_else(|_| Box::new([T::default(); N]))
}

#[inline(always)]
fn load_4(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

#[inline(always)]
fn load_8(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

/// How many bytes are the same from both positions on, at most `most`. There must be as many.
#[inline(always)]
fn common(bytes: &[u8], first: usize, second: usize, most: usize) -> usize {
    let mut length = 0;
    while length + 8 <= most {
        let differs = load_8(bytes, first + length) ^ load_8(bytes, second + length);
        if differs != 0 {
            return length + (differs.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    while length < most && bytes[first + length] == bytes[second + length] {
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserted(chains: &mut Chains, message: &[u8], positions: usize) -> usize {
        // A table so large that no other bytes have the same hash.
        chains.start(1 << 15);
        (0..=positions).fold(0, |_, at| chains.insert(message, at))
    }

    fn search(nearest: usize) -> Search {
        Search {
            nearest,
            longer_than: MIN_MATCH - 1,
            depth: 10,
            window: 1 << 15,
        }
    }

    #[test]
    fn the_longest_match_is_found_and_the_nearest_of_equal_ones() {
        let message = b"abcdefgh..abcde..abcde..abcdefgz";
        let mut chains = Chains::new();
        let nearest = inserted(&mut chains, message, 24);
        assert_eq!(nearest, 7);
        let found = |search| chains.longest(message, 24, search);
        let longest = Match {
            length: 7,
            distance: 24,
        };
        let nearer = Match {
            length: 5,
            distance: 7,
        };
        assert_eq!(found(search(nearest)), Some(longest));
        let limits = [
            Search {
                depth: 2,
                ..search(nearest)
            },
            Search {
                window: 23,
                ..search(nearest)
            },
        ];
        for limited in limits {
            assert_eq!(found(limited), Some(nearer));
        }
        let longer = Search {
            longer_than: 7,
            ..search(nearest)
        };
        assert_eq!(found(longer), None);
    }

    #[test]
    fn a_message_refers_to_no_earlier_one() {
        let mut chains = Chains::new();
        let message = b"the same bytes";
        for _ in 0..3 {
            assert_eq!(inserted(&mut chains, message, 10), 0);
            chains.end(message.len());
        }
    }

    #[test]
    fn numbers_wrap() {
        let message = b"again and again and again and again ";
        let mut chains = Chains::new();
        chains.set_base(u32::MAX - 15);
        assert_eq!(inserted(&mut chains, message, 30), 10);
        chains.end(message.len());
        // The entry of an old message has the number of a position in this one.
        chains.set_base(u32::MAX - 20);
        let nearest = inserted(&mut chains, message, 5);
        assert!(chains.has_none(message, 5, nearest));
    }

    #[test]
    fn a_match_is_compared_to_the_last_byte() {
        for length in 4..100 {
            let same = vec![b'x'; length];
            let message = [&same[..], b"ab", &same, b"cd"].concat();
            let at = length + 2;
            assert_eq!(common(&message, 0, at, length + 2), length);
            assert_eq!(common(&message, 0, at, length - 1), length - 1);
        }
    }
}
