//! What the page is told.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// What others see of a visitor.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Person<'a> {
    pub(crate) id: u64,
    pub(crate) name: &'a str,
}

/// `at` is in milliseconds since 1970, as a `Date` is made of.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// The first event of every connection. `socket` is the id by which routes find it, and is for
    /// nobody else.
    Welcome {
        you: Person<'a>,
        room: &'a str,
        others: Vec<Person<'a>>,
        socket: String,
        at: u64,
    },
    /// Somebody else entered.
    Enter { person: Person<'a>, at: u64 },
    /// Somebody else said something.
    Message {
        person: Person<'a>,
        text: &'a str,
        at: u64,
    },
    /// A route has something to say.
    Announcement { text: &'a str, at: u64 },
    /// The message of this number has gone to everybody else.
    Sent { number: u64, at: u64 },
    /// The message has gone to nobody; without a number it could not even be read.
    Refused { number: Option<u64>, reason: String },
    /// Somebody else left.
    Leave { person: Person<'a>, at: u64 },
}

/// The topic of a room, in a namespace of its own.
pub(crate) fn topic(room: &str) -> String {
    format!("room/{room}")
}

/// The time of an event.
pub(crate) fn now() -> u64 {
    // A clock before 1970 is wrong, but no reason to stop talking.
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_millis() as u64
}
