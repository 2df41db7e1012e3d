//! The module that the docs show.

#![allow(dead_code, reason = "only the schemas matter")]

use schemars::JsonSchema;

use super::assert_file;
use crate::{
    CloseCode, Closes,
    contract::{
        Contract,
        generated::{Builder, DescribeTopic, Describing, Joining},
    },
};

/// Somebody in a room.
#[derive(JsonSchema)]
struct Person {
    name: String,
}

/// What happens in a room.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum RoomEvent {
    /// Somebody said something.
    Said { from: Person, text: String },
    /// Somebody is typing.
    Typing { from: Person },
}

/// What concerns one socket only.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    Welcome { you: Person, rooms: Vec<u32> },
}

#[derive(JsonSchema)]
struct Sent {
    number: u32,
    reached: usize,
}

#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Refused {
    TooLong { most: usize },
    NotInRoom,
}

struct Room;

impl DescribeTopic for Room {
    type Message = RoomEvent;
    const ADDRESS: &'static str = "room/{id}";
    const DOCS: &'static str = "A room: who is in it hears what is said in it.";

    fn fields(topic: &mut Describing<'_>) {
        topic.parameter::<u32>("id", true);
    }
}

struct Bye;

impl From<Bye> for CloseCode {
    fn from(_: Bye) -> Self {
        4001.into()
    }
}

impl Closes for Bye {
    const CODES: &'static [(&'static str, u16, &'static str)] = &[
        ("Kicked", 4001, "Somebody told us to."),
        ("Banned", 4003, ""),
    ];
}

fn contract() -> Contract {
    let join = Joining {
        docs: "Who may hear a room; the answer is who is there.",
        describe: |join| {
            join.ok::<Vec<Person>>();
            join.error::<Refused>();
        },
    };
    Builder::new("chat", "/chat", "A chat with rooms.")
        .call("say", "Says something to everybody in a room.", |call| {
            call.parameter::<u32>("room", true);
            call.text("text");
            call.ok::<Sent>();
            call.error::<Refused>();
        })
        .call("typing", "", |call| call.parameter::<u32>("room", true))
        .call(
            "add",
            "Adds two numbers; the second one is 1 if it is not given.",
            |call| {
                call.parameter::<u32>("a", true);
                call.parameter::<Option<u32>>("b", false);
                call.ok::<u32>();
            },
        )
        .call("leave_for_good", "", |_| ())
        .topic::<Room>("Room", Some(join))
        .sends::<Event>()
        .closes::<Bye>()
        .finish()
}

#[test]
fn a_chat_in_typescript() {
    assert_file("chat.ts", &contract().typescript());
}

#[test]
fn a_chat_in_javascript() {
    assert_file("chat.js", &contract().javascript());
}
