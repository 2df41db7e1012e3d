//! The events that the server sends to the page.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

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
    /// permission, so only this client gets it.
    Welcome {
        you: Person<'a>,
        room: &'a str,
        others: Vec<Person<'a>>,
        socket: String,
        at: u64,
    },
    /// Another person entered.
    Enter { person: Person<'a>, at: u64 },
    /// Another person sent a message.
    Message {
        person: Person<'a>,
        text: &'a str,
        at: u64,
    },
    /// A message from a route.
    Announcement { text: &'a str, at: u64 },
    /// The message of this number was sent to all others in the room.
    Sent { number: u64, at: u64 },
    /// The message was refused. It has no number if it could not be parsed.
    Refused { number: Option<u64>, reason: String },
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
