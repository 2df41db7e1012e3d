use flate2::FlushDecompress;
use proptest::prelude::*;

use super::*;
use crate::protocol::ProtocolError;

const LIMIT: usize = 1 << 20;

/// "Hello" in each of the forms in RFC 7692 section 7.2.3.
const HELLOS: [&[u8]; 5] = [
    &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
    // A block without compression.
    &[
        0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
    ],
    // A final block, and an empty block after it.
    &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
    // Two blocks.
    &[
        0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
    ],
    // A final block alone: the example of section 7.2.3.4 without its last byte.
    &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
];

fn deflate(window_bits: u8, history: &[u8], message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new().encode(history, message, window_bits, &mut out);
    out
}

fn inflate(payload: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    Inflater::new().inflate(&[], payload, LIMIT)
}

/// Bytes that cannot be compressed.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn the_examples_of_the_rfc() {
    for payload in HELLOS {
        assert_eq!(
            inflate(payload).as_deref(),
            Ok(&b"Hello"[..]),
            "{payload:x?}"
        );
    }
    // The second "Hello" refers to the first.
    let again = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let mut inflater = Inflater::new();
    assert_eq!(
        inflater.inflate(b"Hello", &again, LIMIT).as_deref(),
        Ok(&b"Hello"[..])
    );
    assert_eq!(
        inflater.inflate(b"", &again, LIMIT),
        Err(ProtocolError::InvalidDeflate)
    );
    assert_eq!(deflate(15, b"", b"Hello"), HELLOS[0]);
}

#[test]
fn an_empty_message_is_one_byte() {
    assert_eq!(inflate(&[0]).as_deref(), Ok(&[][..]));
}

#[test]
fn an_empty_message_may_have_an_empty_block_before_the_flushed_one() {
    for payload in [&[0x02, 0x00][..], &[0x03, 0x00], &[0x03, 0x00, 0x00]] {
        assert_eq!(inflate(payload).as_deref(), Ok(&[][..]), "{payload:x?}");
    }
}

#[test]
fn a_block_behind_a_last_one_may_refer_to_it() {
    let payload = [HELLOS[4], &[0xf2, 0x00, 0x11, 0x00, 0x00]].concat();
    assert_eq!(inflate(&payload).as_deref(), Ok(&b"HelloHello"[..]));
}

#[test]
fn there_may_be_some_last_blocks_but_not_any_number() {
    let empty_last_block = [0x03, 0x00];
    assert_eq!(
        inflate(&empty_last_block.repeat(16)).as_deref(),
        Ok(&[][..])
    );
    assert_eq!(
        inflate(&empty_last_block.repeat(17)),
        Err(ProtocolError::InvalidDeflate)
    );
}

#[test]
fn what_is_not_deflate_is_told() {
    for payload in [
        // No bytes, not even the start of the block whose end is not sent.
        &[][..],
        // A block of a reserved type.
        &[0x06],
        // A block without compression whose length does not match its complement.
        &[0x00, 0x05, 0x00, 0xfa, 0x00],
        // The end is missing.
        &HELLOS[0][..3],
        &HELLOS[1][..7],
        // A reference to bytes that do not exist.
        &[0xf2, 0x00, 0x11, 0x00, 0x00],
        // Without a flush at the end.
        &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x05],
    ] {
        let result = inflate(payload);
        assert_eq!(result, Err(ProtocolError::InvalidDeflate), "{payload:x?}");
    }
}

#[test]
fn an_inflater_recovers_from_anything() {
    let mut inflater = Inflater::new();
    for payload in [&[0x06][..], &HELLOS[0][..3], &HELLOS[1][..7]] {
        assert!(inflater.inflate(&[], payload, LIMIT).is_err());
        let hello = inflater.inflate(&[], HELLOS[0], LIMIT);
        assert_eq!(hello.as_deref(), Ok(&b"Hello"[..]));
    }
}

#[test]
fn the_limit_is_kept_exactly() {
    for limit in [1, 5, 255, 256, 257, 1000, 4096, 100_000] {
        for message in [noise(limit), vec![b'x'; limit]] {
            let payload = deflate(15, &[], &message);
            let mut inflater = Inflater::new();
            for (allowed, fits) in [(limit - 1, false), (limit, true), (limit + 1, true)] {
                let result = inflater.inflate(&[], &payload, allowed);
                match fits {
                    true => assert_eq!(result.as_ref(), Ok(&message), "{limit}"),
                    false => assert_eq!(result, Err(ProtocolError::MessageTooBig), "{limit}"),
                }
            }
        }
    }
}

#[test]
fn a_bomb_takes_no_more_than_the_limit() {
    let payload = deflate(15, &[], &vec![0; 16 << 20]);
    assert!(payload.len() < 20_000);
    let mut inflater = Inflater::new();
    let allocated = allocation_counter::measure(|| {
        let result = inflater.inflate(&[], &payload, LIMIT);
        assert_eq!(result, Err(ProtocolError::MessageTooBig));
    });
    // While a buffer grows, the old and the new memory exist at the same time.
    assert!(allocated.bytes_max <= 2 * LIMIT as u64 + 1, "{allocated:?}");
}

#[test]
fn the_documented_memory_of_an_inflater_is_enough() {
    let of = |make: &dyn Fn()| allocation_counter::measure(make).bytes_max;
    let inflater = of(&|| drop(Inflater::new()));
    assert!(inflater <= 52 << 10, "{inflater}");
}

#[test]
fn windows_out_of_range_are_the_nearest() {
    for window_bits in [0, 7, 16, 255] {
        let payload = deflate(window_bits, &[], b"Hello");
        assert_eq!(inflate(&payload).as_deref(), Ok(&b"Hello"[..]));
    }
}

/// Inflates the messages of a connection with zlib's own window. The output comes in pieces so
/// small that zlib can only refer to its window.
struct Strict(flate2::Decompress);

impl Strict {
    fn new(window_bits: u8) -> Self {
        // zlib has no window of 8 bits.
        Self(flate2::Decompress::new_with_window_bits(
            false,
            window_bits.max(9),
        ))
    }

    fn inflate(&mut self, payload: &[u8]) -> Vec<u8> {
        let payload = [payload, &TAIL].concat();
        let mut message = Vec::new();
        let start = self.0.total_in();
        loop {
            let used = (self.0.total_in() - start) as usize;
            let mut piece = Vec::with_capacity(64);
            self.0
                .decompress_vec(&payload[used..], &mut piece, FlushDecompress::Sync)
                .unwrap();
            message.extend_from_slice(&piece);
            if piece.len() < piece.capacity() {
                return message;
            }
        }
    }
}

/// Texts that repeat themselves, and random bytes.
fn message() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 1..2000),
        ("[a-c ]{1,40}", 1..400usize).prop_map(|(text, times)| text.repeat(times).into()),
        (1..70_000usize).prop_map(noise),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_refer_back_by_no_more_than_their_window(
        window_bits in MIN_WINDOW_BITS..=MAX_WINDOW_BITS,
        messages in prop::collection::vec(message(), 1..6),
    ) {
        let mut encoder = Encoder::new();
        let mut inflater = Inflater::new();
        let mut history = History::new(window_bits);
        let mut strict = Strict::new(window_bits);
        for message in messages {
            let mut payload = Vec::new();
            encoder.encode(history.as_bytes(), &message, window_bits, &mut payload);
            let inflated = inflater.inflate(history.as_bytes(), &payload, LIMIT);
            prop_assert_eq!(inflated.as_ref(), Ok(&message));
            prop_assert_eq!(&strict.inflate(&payload), &message);
            history.push(&message);
        }
    }

    #[test]
    fn a_message_by_itself_fits_any_window_that_is_as_long(message in message()) {
        let payload = deflate(MAX_WINDOW_BITS, &[], &message);
        let window_bits = (9..=15).find(|bits| message.len() <= 1 << bits);
        if let Some(window_bits) = window_bits {
            prop_assert_eq!(Strict::new(window_bits).inflate(&payload), message);
        }
    }

    #[test]
    fn no_input_makes_it_panic_or_break_its_limit(
        history in prop::collection::vec(any::<u8>(), 0..100),
        payload in prop::collection::vec(any::<u8>(), 0..200),
        limit in 0..300usize,
    ) {
        if let Ok(message) = Inflater::new().inflate(&history, &payload, limit) {
            prop_assert!(message.len() <= limit);
        }
    }

    #[test]
    fn damaged_messages_do_not_make_it_panic(
        message in message(),
        at in any::<prop::sample::Index>(),
        flip in 1..=255u8,
    ) {
        let mut payload = deflate(15, &[], &message);
        let at = at.index(payload.len());
        payload[at] ^= flip;
        let _ = inflate(&payload);
    }
}
