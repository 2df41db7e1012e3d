//! An id as its text in JSON, TOML and other formats.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

use super::SocketId;

/// The text of [`Display`](fmt::Display).
impl Serialize for SocketId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text that [`FromStr`](std::str::FromStr) accepts.
impl<'de> Deserialize<'de> for SocketId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = SocketId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a socket id of 32 hexadecimal digits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SocketId, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::{BorrowedStrDeserializer, StrDeserializer, StringDeserializer};

    use super::*;

    type Failure = serde::de::value::Error;

    #[test]
    fn an_id_survives_json() {
        let id = SocketId([0x3f; 16]);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<SocketId>(&json).unwrap(), id);
        assert_eq!(
            serde_json::from_reader::<_, SocketId>(json.as_bytes()).unwrap(),
            id
        );
        let value = serde_json::to_value(id).unwrap();
        assert_eq!(serde_json::from_value::<SocketId>(value).unwrap(), id);
    }

    #[test]
    fn an_id_is_read_from_borrowed_and_from_owned_text() {
        let id = SocketId([0xa5; 16]);
        let text = id.to_string();
        let of_borrowed = BorrowedStrDeserializer::<Failure>::new(&text);
        assert_eq!(SocketId::deserialize(of_borrowed), Ok(id));
        let of_passing = StrDeserializer::<Failure>::new(&text);
        assert_eq!(SocketId::deserialize(of_passing), Ok(id));
        let upper = text.to_uppercase();
        let of_owned: StringDeserializer<Failure> =
            serde::de::IntoDeserializer::into_deserializer(upper);
        assert_eq!(SocketId::deserialize(of_owned), Ok(id));
    }

    #[test]
    fn other_text_and_other_values_are_errors() {
        for wrong in [
            "\"\"",
            "\"3f3f\"",
            "\"+0000000000000000000000000000001\"",
            "\"0000000000000000000000000000000g\"",
            "\"000000000000000000000000000000000\"",
            "7",
            "null",
            "[1, 2]",
        ] {
            let error = serde_json::from_str::<SocketId>(wrong).unwrap_err();
            assert!(
                error.to_string().contains("32 hexadecimal digits"),
                "{wrong}: {error}"
            );
        }
    }
}
