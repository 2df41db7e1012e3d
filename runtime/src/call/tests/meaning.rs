//! Whatever is read, serde_json reads with the same meaning.

use proptest::prelude::*;

use super::{id_of, read};

proptest! {
    /// Made of pieces that are often nearly a frame.
    #[test]
    fn what_is_read_is_json_with_the_same_meaning(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..16),
        wrapped in any::<bool>(),
    ) {
        let pieces = pieces.concat();
        let frame = if wrapped { format!("{{{pieces}}}") } else { pieces };
        let value = serde_json::from_str::<serde_json::Value>(&frame);
        if let Ok(text) = read(&frame) {
            let value = value.unwrap();
            let id = value.get("id").and_then(serde_json::Value::as_u64);
            prop_assert!(text.ends_with(&format!("{id:?}")), "{frame}: {text}");
        } else if let Some(id) = id_of(&frame) {
            let value = value.unwrap();
            prop_assert_eq!(value.get("id").and_then(serde_json::Value::as_u64), Some(id));
        }
    }
}

const PIECES: [&str; 26] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "null",
    "1",
    "-",
    "1.5",
    "\"",
    "\\",
    "\"x\"",
    "\"id\":7",
    "\"id\"",
    "\"type\":\"say\"",
    "\"type\"",
    "\"data\":{\"room\":1,\"text\":\"\"}",
    "\"data\":{",
    "\"room\":1",
    "\"text\":\"hi\"",
    "\"join\":\"a\"",
    "\"leave\":\"b\"",
    ",",
    ",",
];
