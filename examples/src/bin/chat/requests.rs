//! The requests that the page sends to the server.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Each request has one answer, and answers come in the order of the requests. So a page that waits
/// too long for an answer knows that the connection is dead.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request<'a> {
    /// A message to all in the room. The answer is `Sent` or `Refused`.
    Say {
        id: MessageId,
        #[serde(borrow)]
        text: Cow<'a, str>,
    },
    /// A question whether the connection lives. The answer is `Pong`. A page sees no pings of the
    /// protocol, and cannot send them.
    Ping {},
}

/// The id of a message: 1 to 64 ASCII letters and digits, which the page of its author chooses at
/// random.
///
/// A page that got no answer sends the message again with the same id. Pages show an id only once, so
/// that no reader sees the message twice.
#[derive(Deserialize, Serialize)]
#[serde(try_from = "String")]
pub(crate) struct MessageId(String);

impl TryFrom<String> for MessageId {
    type Error = &'static str;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        let is_valid =
            (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        is_valid
            .then_some(Self(id))
            .ok_or("an id has 1 to 64 ASCII letters and digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_plain() {
        for id in ["a", "Z9", &"0".repeat(64)] {
            assert!(MessageId::try_from(id.to_owned()).is_ok(), "{id}");
        }
        for id in ["", "a b", "a-b", "é", "\"", "\0", &"0".repeat(65)] {
            assert!(MessageId::try_from(id.to_owned()).is_err(), "{id}");
        }
    }
}
