//! The events that the server sends to the page.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::requests::MessageId;

/// The public part of a visitor.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Person<'a> {
    pub(crate) id: u64,
    pub(crate) name: &'a str,
}

/// `at` is in milliseconds since 1970, as the constructor of `Date` takes it.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// The first event of every connection. `socket` is its id, by which routes find it. It is a
    /// permission, so only this client gets it. With `since` and `said`, a page that was in the room
    /// before knows how many messages it has missed.
    Welcome {
        you: Person<'a>,
        room: &'a str,
        /// When the room was opened. Another time means another room of this name.
        since: u64,
        /// The number of messages and announcements in the room so far.
        said: u64,
        others: Vec<Person<'a>>,
        socket: String,
        at: u64,
    },
    /// Another person entered.
    Enter { person: Person<'a>, at: u64 },
    /// Another person sent a message. `number` counts the messages and announcements in the room.
    Message {
        id: &'a MessageId,
        number: u64,
        person: Person<'a>,
        text: &'a str,
        at: u64,
    },
    /// A message to the room from a route, and from no person.
    Announcement { number: u64, text: &'a str, at: u64 },
    /// A message to this client alone, from a route.
    Greeting { text: &'a str, at: u64 },
    /// The message of this id was sent to all others in the room.
    Sent {
        id: &'a MessageId,
        number: u64,
        at: u64,
    },
    /// The request was refused. There is no id if it could not be parsed.
    Refused {
        id: Option<&'a MessageId>,
        reason: String,
    },
    /// The answer to a ping of the page.
    Pong { at: u64 },
    /// Another person left.
    Leave { person: Person<'a>, at: u64 },
}

/// The topic of a room. The prefix keeps it apart from other topics.
pub(crate) fn topic(room: &str) -> String {
    format!("room/{room}")
}

/// The time of an event.
pub(crate) fn now() -> u64 {
    // A clock before 1970 is wrong, but the chat goes on.
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_millis() as u64
}
