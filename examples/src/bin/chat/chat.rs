//! The socket of the chat: who enters, what is said, who leaves.
//!
//! Each room is a topic. What somebody says is published to the others in the room, and only then
//! confirmed to its author, so that the page never shows as sent what the server has not passed on.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use actix_web::{error::ErrorUnprocessableEntity, web};
use levante::prelude::*;
use serde::{Deserialize, Serialize};

use crate::rules;

// JSON may spell each character of a message in twelve bytes, and even then the longest fits; what
// is longer is refused by `rules`, with a sentence, unless it is absurd. A reader who cannot keep up
// is sent away, and comes back, rather than being shown a conversation with holes.
#[websocket("/chat", max_message_size = 64 << 10, close_on_backpressure_limit = true)]
pub(crate) mod socket {
    use super::*;

    /// The query of the handshake: `/chat?name=Ada&room=lobby`.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Join {
        name: String,
        #[serde(default = "lobby")]
        room: String,
    }

    /// Where people go who have nowhere else to go.
    fn lobby() -> String {
        "lobby".to_owned()
    }

    /// Somebody in a room.
    struct Visitor {
        /// Tells people of the same name apart. The socket's own id would not do: whoever knows that
        /// one can act for the socket.
        id: u64,
        name: String,
        room: String,
        /// The topic of the room, in a namespace of its own.
        topic: String,
    }

    impl Visitor {
        /// What others see of this visitor.
        fn person(&self) -> Person<'_> {
            Person {
                id: self.id,
                name: &self.name,
            }
        }
    }

    /// What others see of a visitor.
    #[derive(Clone, Copy, Serialize)]
    struct Person<'a> {
        id: u64,
        name: &'a str,
    }

    /// What the page sends: a message to all in the room, numbered by the page.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Say<'a> {
        number: u64,
        #[serde(borrow)]
        text: Cow<'a, str>,
    }

    /// What the page is sent. `at` is in milliseconds since 1970, as a `Date` is made of.
    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Event<'a> {
        /// The first event of every connection.
        Welcome {
            you: Person<'a>,
            room: &'a str,
            others: Vec<Person<'a>>,
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
        /// The message of this number has gone to everybody else.
        Sent { number: u64, at: u64 },
        /// The message has gone to nobody; without a number it could not even be read.
        Refused { number: Option<u64>, reason: String },
        /// Somebody else left.
        Leave { person: Person<'a>, at: u64 },
    }

    /// Turns away, with a sentence, whoever has no proper name, before there is a socket.
    async fn attach(join: web::Query<Join>) -> Result<Visitor, actix_web::Error> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);

        let name = rules::name(&join.name).map_err(ErrorUnprocessableEntity)?;
        let room = rules::room(&join.room).map_err(ErrorUnprocessableEntity)?;
        let topic = format!("room/{room}");
        Ok(Visitor {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            name,
            room,
            topic,
        })
    }

    /// Shows a newcomer around, and tells the others.
    fn open(ws: &Ws) {
        let Visitor { room, topic, .. } = &ws.data;
        let (person, at) = (ws.data.person(), now());
        // In this order nobody is missed: who enters or leaves after the subscription is an event,
        // and who did before it is on the list, or no longer.
        ws.subscribe(topic);
        let sockets = ws.server().sockets::<Ws>();
        ws.send(Json(Event::Welcome {
            you: person,
            room,
            others: others(ws, &sockets),
            at,
        }));
        ws.publish(topic, Json(Event::Enter { person, at }));
    }

    /// Passes on what somebody says. A refusal concerns nobody but its author.
    fn message(ws: &Ws, Json(Say { number, text }): Json<Say<'_>>) {
        if let Err(reason) = rules::text(&text) {
            let number = Some(number);
            ws.send(Json(Event::Refused { number, reason }));
            return;
        }
        let Visitor { topic, .. } = &ws.data;
        let (person, text, at) = (ws.data.person(), &*text, now());
        ws.publish(topic, Json(Event::Message { person, text, at }));
        ws.send(Json(Event::Sent { number, at }));
    }

    /// Keeps the connection where a message could not be read; after a panic it ends anyway.
    fn error(ws: &Ws, error: HandlerError) {
        if let HandlerError::Payload(error) = error {
            let (number, reason) = (None, error.to_string());
            ws.send(Json(Event::Refused { number, reason }));
        }
    }

    /// Tells the others, however the connection ended.
    fn close(ws: &Ws) {
        let Visitor { topic, .. } = &ws.data;
        let (person, at) = (ws.data.person(), now());
        ws.publish(topic, Json(Event::Leave { person, at }));
    }

    /// Who else is in the room of `ws`.
    fn others<'a>(ws: &Ws, sockets: &'a [Ws]) -> Vec<Person<'a>> {
        sockets
            .iter()
            // One that is closing has said so already, perhaps before we listened.
            .filter(|other| other.ready_state() == ReadyState::Open)
            .filter(|other| other.data.topic == ws.data.topic && other.data.id != ws.data.id)
            .map(|other| other.data.person())
            .collect()
    }

    /// The time of an event.
    fn now() -> u64 {
        // A clock before 1970 is wrong, but no reason to stop talking.
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        since.as_millis() as u64
    }
}
