//! The messages of the chat. Together with the functions of `socket::chat` they are its contract.

use std::time::{SystemTime, UNIX_EPOCH};

use levante::prelude::*;

/// A room. The people in it hear what happens there.
#[topic("room/{name}", message = RoomEvent)]
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) name: String,
}

/// What happens in a room. Each `at` is in milliseconds since 1970, as the constructor of `Date` takes
/// it.
#[wire]
#[derive(Debug, PartialEq)]
pub(crate) enum RoomEvent {
    /// Another person entered.
    Enter { person: Person, at: u64 },
    /// Another person sent a message. `number` counts the messages and announcements to the room from
    /// the server of that person.
    Message {
        id: MessageId,
        number: u64,
        person: Person,
        text: String,
        at: u64,
    },
    /// A message to the room from a route, and from no person.
    Announcement { number: u64, text: String, at: u64 },
    /// Another person left.
    Leave { person: Person, at: u64 },
    /// There are other servers, and what this one knows of the people there has changed. Each server
    /// tells it to its own people only.
    Elsewhere { elsewhere: Elsewhere },
}

/// A person in a room. The numbers of the server and of the person together tell people of the same
/// name apart.
#[wire]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Person {
    /// The server to which the person is connected; 0 if no other one shares its rooms.
    pub(crate) server: u32,
    /// Counts the people of the server.
    pub(crate) id: u64,
    pub(crate) name: String,
}

/// What a server knows of the people in a room who are connected to other servers. It knows how many
/// they are, but not their names.
#[wire]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Elsewhere {
    /// The number of people at the servers that have answered.
    pub(crate) people: usize,
    /// The number of servers that have not answered.
    pub(crate) silent: usize,
    /// The connection to the other servers is lost. What is said here is not heard there meanwhile, nor
    /// the other way round.
    pub(crate) cut_off: bool,
}

/// The room at the moment in which it is joined. With `since` and `said`, a page that was in the room
/// before knows how many messages it has missed. No server counts what the others have passed on, so
/// `said` is there only if there are no others.
#[wire]
#[derive(Debug, PartialEq)]
pub(crate) struct Joined {
    /// When the room was opened. Another time means another room of this name.
    pub(crate) since: u64,
    /// The number of messages and announcements in the room so far.
    pub(crate) said: Option<u64>,
    /// The other people who are connected to this server.
    pub(crate) others: Vec<Person>,
    /// The people who are connected to other servers, if there are any.
    pub(crate) elsewhere: Option<Elsewhere>,
    pub(crate) at: u64,
}

/// A message has gone to all others in the room. To those at other servers it is on its way.
#[wire]
pub(crate) struct Sent {
    pub(crate) number: u64,
    pub(crate) at: u64,
}

/// Why a message is not passed on, or a room is not joined.
#[wire]
#[derive(Debug, PartialEq)]
pub(crate) enum Refused {
    /// The message breaks a rule. The sentence is for the person who wrote it.
    Rule { sentence: String },
    /// The client speaks without having joined its room.
    NotJoined,
    /// The client has entered another room than this one.
    OtherRoom,
}

/// The id of a message: 1 to 64 ASCII letters and digits, which the page of its author chooses at
/// random.
///
/// A page that got no answer sends the message again with the same id. Pages show an id only once, so
/// that no reader sees the message twice.
#[wire]
#[derive(Debug, PartialEq)]
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

/// The time of an event.
pub(crate) fn now() -> u64 {
    // A clock before 1970 is wrong, but the chat goes on.
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_millis() as u64
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
