use proptest::prelude::*;

use super::*;

/// Checks a text that arrives in one piece.
fn whole(bytes: &[u8]) -> Result<(), ProtocolError> {
    let mut validator = Utf8Validator::default();
    validator.push(bytes)?;
    validator.finish()
}

/// Feeds single bytes. Returns how many are accepted before one is refused.
fn taken(bytes: &[u8]) -> usize {
    let mut validator = Utf8Validator::default();
    bytes
        .iter()
        .take_while(|byte| validator.push(&[**byte]).is_ok())
        .count()
}

/// Incomplete characters: the longest and shortest forms without their last bytes.
const UNFINISHED: [&[u8]; 8] = [
    b"\xc2",
    b"\xdf",
    b"\xe0\xa0",
    b"\xed\x9f",
    b"\xef\xbf",
    b"\xf0\x90\x80",
    b"\xf4\x8f\xbf",
    b"\xf4",
];

#[test]
fn valid_texts() {
    // Autobahn 6.2 and 6.5 to 6.11, from Markus Kuhn's stress test: the first and last character of
    // each length, and the characters next to the forbidden ones.
    let texts = [
        "",
        "Hello-µ@ßöäüàá-UTF-8!!",
        "κόσμε",
        "\u{0}",
        "\u{7f}",
        "\u{80}",
        "\u{7ff}",
        "\u{800}",
        "\u{fffd}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{10000}",
        "\u{10ffff}",
        "\u{d7ff}",
        "\u{e000}",
        "\u{feff}",
        "👩‍👩‍👧‍👦 and ascii for more than sixteen bytes",
    ];
    for text in texts {
        assert_eq!(whole(text.as_bytes()), Ok(()), "{text:?}");
        assert_eq!(taken(text.as_bytes()), text.len(), "{text:?}");
    }
}

#[test]
fn a_byte_that_makes_the_text_impossible_is_refused_at_once() {
    // The text, and the index of the first byte that no following byte can make valid.
    let cases: [(&[u8], usize); 27] = [
        // Continuation bytes without a first byte (6.12).
        (b"\x80", 0),
        (b"\xbf", 0),
        (b"ab\x80\xbf", 2),
        // First bytes without a continuation (6.13).
        (b"\xc2 ", 1),
        (b"\xe1 ", 1),
        (b"\xe1\x80 ", 2),
        (b"\xf1\x80\x80 ", 3),
        (b"\xc2\xc2", 1),
        // Bytes that are never valid (6.14 to 6.16).
        (b"\xfe", 0),
        (b"\xff", 0),
        (b"\xf5", 0),
        (b"\xf8\x88\x80\x80\x80", 0),
        (b"\xfc\x84\x80\x80\x80\x80", 0),
        // Overlong forms, also the longest (6.17 to 6.19).
        (b"\xc0\xaf", 0),
        (b"\xc1\xbf", 0),
        (b"\xe0\x80\xaf", 1),
        (b"\xe0\x9f\xbf", 1),
        (b"\xf0\x80\x80\xaf", 1),
        (b"\xf0\x8f\xbf\xbf", 1),
        // Surrogates, alone and in pairs (6.20, 6.21).
        (b"\xed\xa0\x80", 1),
        (b"\xed\xbf\xbf", 1),
        (b"\xed\xa0\x80\xed\xb0\x80", 1),
        // Above U+10FFFF (6.4).
        (b"\xf4\x90\x80\x80", 1),
        (
            b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited",
            12,
        ),
        (
            b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
            12,
        ),
        (b"\xf7\xbf\xbf\xbf", 0),
        (b"a long run of ascii before the \xffbad byte", 31),
    ];
    for (bytes, bad) in cases {
        assert_eq!(taken(bytes), bad, "{bytes:x?}");
        assert_eq!(whole(bytes), Err(ProtocolError::InvalidUtf8), "{bytes:x?}");

        // The same if the byte is the last or the first of a piece.
        let mut validator = Utf8Validator::default();
        assert_eq!(validator.push(&bytes[..bad]), Ok(()), "{bytes:x?}");
        assert_eq!(
            validator.push(&bytes[bad..=bad]),
            Err(ProtocolError::InvalidUtf8)
        );
    }
}

#[test]
fn a_text_does_not_end_within_a_character() {
    for bytes in UNFINISHED {
        let mut validator = Utf8Validator::default();
        assert_eq!(validator.push(b"text"), Ok(()));
        assert_eq!(validator.push(bytes), Ok(()), "{bytes:x?}");
        assert_eq!(validator.push(b""), Ok(()));
        assert_eq!(
            validator.finish(),
            Err(ProtocolError::InvalidUtf8),
            "{bytes:x?}"
        );
    }
}

#[test]
fn a_validator_is_four_bytes() {
    assert_eq!(size_of::<Utf8Validator>(), 4);
}

/// Bytes that are often valid UTF-8, or almost.
fn almost_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => any::<char>().prop_map(|char| char.to_string().into_bytes()),
        4 => "[ -~]{0,40}".prop_map(String::into_bytes),
        1 => prop::sample::select(UNFINISHED.to_vec()).prop_map(<[u8]>::to_vec),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn it_agrees_with_std_at_every_split(bytes in almost_text()) {
        let expected = str::from_utf8(&bytes).map_err(|_| ProtocolError::InvalidUtf8);
        for at in 0..=bytes.len() {
            let mut validator = Utf8Validator::default();
            let result = validator
                .push(&bytes[..at])
                .and_then(|()| validator.push(&bytes[at..]))
                .and_then(|()| validator.finish());
            prop_assert_eq!(result, expected.map(|_| ()), "split at {}", at);
        }
    }

    #[test]
    fn byte_by_byte_it_fails_where_std_does(bytes in almost_text()) {
        // If std reports the length of an error, no more bytes can make the text valid. The text
        // then fails at the byte after that length, or at the first byte of the error if that is
        // invalid alone.
        let expected = match str::from_utf8(&bytes) {
            Err(error) if error.error_len().is_some() => {
                let start = error.valid_up_to();
                (start..bytes.len())
                    .find(|end| {
                        str::from_utf8(&bytes[start..=*end])
                            .is_err_and(|error| error.error_len().is_some())
                    })
                    .unwrap_or(bytes.len())
            }
            Ok(_) | Err(_) => bytes.len(),
        };
        prop_assert_eq!(taken(&bytes), expected);
    }
}
