use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use proptest::prelude::*;

use super::*;
use crate::protocol::deflate::{Inflater, TAIL};

fn encode(message: &[u8], window_bits: u8) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new().encode(&[], message, window_bits, &mut out);
    out
}

/// Inflates with zlib's own window. The output comes in pieces so small that zlib can only refer to
/// its window.
fn inflate(payload: &[u8], window_bits: u8) -> Vec<u8> {
    // zlib has no window of 8 bits.
    let mut zlib = Decompress::new_with_window_bits(false, window_bits.max(9));
    let payload = [payload, &TAIL].concat();
    let mut message = Vec::new();
    loop {
        let used = zlib.total_in() as usize;
        let mut piece = Vec::with_capacity(64);
        zlib.decompress_vec(&payload[used..], &mut piece, FlushDecompress::Sync)
            .unwrap();
        message.extend_from_slice(&piece);
        if piece.len() < piece.capacity() {
            assert_eq!(zlib.total_in() as usize, payload.len());
            return message;
        }
    }
}

/// The most bytes that a message of this length becomes.
fn most(len: usize) -> usize {
    len + 6 * (len / 16_000 + 1)
}

fn check(encoder: &mut Encoder, message: &[u8], window_bits: u8) -> usize {
    let mut out = b"before".to_vec();
    encoder.encode(&[], message, window_bits, &mut out);
    let payload = out.strip_prefix(b"before").unwrap();
    assert!(payload.len() <= most(message.len()), "{}", payload.len());
    assert!(inflate(payload, window_bits) == message);
    let inflated = Inflater::new().inflate(&[], payload, message.len());
    assert!(inflated.as_deref() == Ok(message));
    payload.len()
}

/// Random numbers below `end`.
fn numbers(end: u64) -> impl Iterator<Item = u64> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) % end
    })
}

fn noise(len: usize) -> Vec<u8> {
    numbers(256).map(|number| number as u8).take(len).collect()
}

/// Each byte occurs half as often as the one before: codes of more than 15 bits would be best.
fn halves(len: usize) -> Vec<u8> {
    let byte = |number: u64| (number + 1).ilog2() as u8;
    numbers(1 << 24).map(byte).take(len).collect()
}

#[test]
fn the_example_of_the_rfc() {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(encode(b"Hello", 15), hello);
}

#[test]
fn an_empty_message_is_one_byte() {
    assert_eq!(encode(b"", 15), [0]);
}

#[test]
fn each_form_of_block_is_used() {
    let form = |message: &[u8]| encode(message, 15)[0] >> 1 & 3;
    assert_eq!(form(&noise(300)), 0);
    assert_eq!(form(b"a short text, a short text"), 1);
    assert_eq!(form(&br#"{"x":1,"y":2},{"x":12,"y":34},"#.repeat(20)), 1);
    let text: Vec<u8> = halves(2000);
    assert_eq!(form(&text), 2);
}

#[test]
fn anything_can_be_inflated_and_is_not_much_longer() {
    let alternating = b"ab".repeat(50_000);
    let far = [noise(33_000), noise(33_000)].concat();
    let runs: Vec<u8> = (0..200)
        .flat_map(|i| vec![i as u8; 1 << (i % 12)])
        .collect();
    let lengths = [0, 1, 2, 3, 4, 5, 257, 258, 259, 65_535, 65_536, 200_000];
    let same = lengths.map(|len| vec![b'x'; len]);
    let noises = lengths.map(noise);
    let skewed = [100, 20_000, 150_000].map(halves);
    let mut encoder = Encoder::new();
    for window_bits in MIN_WINDOW_BITS..=MAX_WINDOW_BITS {
        for message in [&alternating, &far, &runs] {
            check(&mut encoder, message, window_bits);
        }
        for message in same.iter().chain(&noises).chain(&skewed) {
            check(&mut encoder, message, window_bits);
        }
    }
}

#[test]
fn a_message_of_megabytes_takes_little_memory() {
    let mut encoder = Encoder::new();
    let message = [vec![0; 3 << 20], noise(1 << 20), halves(1 << 20)].concat();
    let mut out = Vec::with_capacity(2 << 20);
    let allocated = allocation_counter::measure(|| encoder.encode(&[], &message, 15, &mut out));
    assert!(allocated.bytes_max <= 64 << 10, "{allocated:?}");
    check(&mut encoder, &message, 15);
}

#[test]
fn the_documented_memory_is_enough() {
    let message = noise(100_000);
    let mut out = Vec::with_capacity(1 << 20);
    let allocated = allocation_counter::measure(|| {
        let mut encoder = Box::new(Encoder::new());
        encoder.encode(&[], &message, 15, &mut out);
    });
    assert!(allocated.bytes_max <= 264 << 10, "{allocated:?}");
}

#[test]
fn the_numbers_of_positions_wrap() {
    let mut encoder = Encoder::new();
    let message = b"again and again and again, ".repeat(30);
    let expected = check(&mut encoder, &message, 15);
    encoder.chains.set_base(u32::MAX - 100);
    for _ in 0..3 {
        assert_eq!(check(&mut encoder, &message, 15), expected);
    }
    // Old entries have the numbers of positions in these messages.
    for base in (0..3000).step_by(7) {
        encoder.chains.set_base(base);
        check(&mut encoder, &message[base as usize % 27..], 15);
    }
}

#[test]
fn the_window_is_the_largest_distance() {
    let again = noise(100);
    for window_bits in MIN_WINDOW_BITS..=14 {
        let window = 1 << window_bits;
        let apart = |distance: usize| {
            let between = vec![b'-'; distance - again.len()];
            [&again[..], &between, &again].concat()
        };
        let near = check(&mut Encoder::new(), &apart(window), window_bits);
        let far = check(&mut Encoder::new(), &apart(window + 1), window_bits);
        assert!(near + 70 < far, "{near} {far}");
    }
}

#[test]
fn windows_out_of_range_are_the_nearest() {
    let message = [noise(300), noise(300)].concat();
    for (window_bits, nearest) in [(0, 8), (7, 8), (16, 15), (255, 15)] {
        assert_eq!(encode(&message, window_bits), encode(&message, nearest));
    }
}

/// The length that zlib makes of a message.
fn zlib(history: &[u8], message: &[u8]) -> usize {
    let mut zlib = Compress::new(Compression::default(), false);
    if !history.is_empty() {
        zlib.set_dictionary(history).unwrap();
    }
    let mut out = Vec::with_capacity(2 * message.len() + 64);
    zlib.compress_vec(message, &mut out, FlushCompress::Sync)
        .unwrap();
    assert_eq!(zlib.total_in() as usize, message.len());
    out.len() - TAIL.len()
}

#[test]
fn a_message_refers_to_its_history_up_to_the_window() {
    let again = noise(100);
    let with_history = |history: &[u8], message: &[u8], window_bits| {
        let mut out = Vec::new();
        Encoder::new().encode(history, message, window_bits, &mut out);
        let inflated = Inflater::new().inflate(history, &out, message.len());
        assert!(inflated.as_deref() == Ok(message));
        out.len()
    };
    for window_bits in MIN_WINDOW_BITS..=12 {
        let window = 1 << window_bits;
        // The bytes of the message are `distance` before their repetition.
        let before = |distance: usize| {
            let between = vec![b'-'; distance - again.len()];
            [&again[..], &between].concat()
        };
        assert!(with_history(&before(window), &again, window_bits) < 20);
        assert!(with_history(&before(window + 1), &again, window_bits) > 90);
    }
    // A short history, shorter than the bytes that a match needs.
    for history in [&b"a"[..], b"ab", b"abc", b"abcd"] {
        for message in [&b""[..], b"a", b"ab", b"abc", b"abcd", b"abcdabcdabcd"] {
            with_history(history, message, 15);
        }
    }
}

#[test]
fn a_short_message_refers_to_a_part_of_a_long_history() {
    let again = noise(1024);
    let reach = |distance: usize, len: usize| {
        let between = vec![b'-'; distance - again.len()];
        let history = [&again[..], &between].concat();
        let mut out = Vec::new();
        Encoder::new().encode(&history, &again[..len], 15, &mut out);
        out.len()
    };
    assert!(reach(LEAST_HISTORY, 100) < 20);
    assert!(reach(LEAST_HISTORY + 100, 100) > 90);
    assert!(reach(200 * HISTORY_PER_BYTE, 200) < 20);
    assert!(reach(200 * HISTORY_PER_BYTE + 200, 200) > 190);
    assert!(reach((1 << 15) - 1, 1024) < 30);
}

#[test]
fn the_buffer_of_a_history_is_given_back_after_a_long_message() {
    let mut encoder = Encoder::new();
    let mut out = Vec::new();
    let history = noise(1 << 15);
    encoder.encode(&history, &noise(1 << 14), 15, &mut out);
    assert!(encoder.joined.capacity() > 0);
    encoder.encode(&history, &noise(1 << 20), 15, &mut out);
    assert!(encoder.joined.capacity() <= MOST_SPARE);
}

/// Texts that repeat themselves, runs, few symbols, many symbols.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(0..4u8, 0..2000),
        ("[a-z {}:\"]{1,40}", 1..200usize).prop_map(|(text, times)| text.repeat(times).into()),
        (any::<u8>(), 0..700usize).prop_map(|(byte, times)| vec![byte; times]),
        (0..20_000usize).prop_map(noise),
        (0..20_000usize).prop_map(halves),
    ];
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_refer_back_by_no_more_than_their_window(
        messages in prop::collection::vec((message(), MIN_WINDOW_BITS..=MAX_WINDOW_BITS), 1..6),
        base in any::<u32>(),
    ) {
        let mut encoder = Encoder::new();
        encoder.chains.set_base(base);
        for (message, window_bits) in messages {
            check(&mut encoder, &message, window_bits);
        }
    }

    #[test]
    fn what_came_before_changes_nothing(before in message(), message in message()) {
        let mut encoder = Encoder::new();
        let mut out = Vec::new();
        encoder.encode(&[], &before, 15, &mut out);
        out.clear();
        encoder.encode(&[], &message, 15, &mut out);
        prop_assert_eq!(out, encode(&message, 15));
    }

    #[test]
    fn with_a_history_it_is_about_as_short_as_zlib(
        history in message(),
        message in message(),
    ) {
        let history = &history[history.len().saturating_sub(LEAST_HISTORY)..];
        let mut ours = Vec::new();
        Encoder::new().encode(history, &message, 15, &mut ours);
        let (ours, zlib) = (ours.len(), zlib(history, &message));
        prop_assert!(ours <= zlib + zlib / 10 + 20, "{} {}", ours, zlib);
    }

    #[test]
    fn it_is_about_as_short_as_zlib(message in message()) {
        let ours = encode(&message, 15).len();
        let zlib = zlib(&[], &message);
        prop_assert!(ours <= zlib + zlib / 10 + 20, "{} {}", ours, zlib);
    }
}
