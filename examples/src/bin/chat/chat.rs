//! The socket of the chat: who enters, what is said, who leaves.
//!
//! Each room is a topic. What somebody says is published to the others in the room, and only then
//! confirmed to its author, so that the page never shows as sent what the server has not passed on.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
};

use actix_web::{error::ErrorUnprocessableEntity, web};
use levante::prelude::*;
use serde::Deserialize;

use crate::{
    events::{Event, Person, now, topic},
    rules,
};

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
        #[serde(default = "rules::lobby")]
        room: String,
    }

    /// Somebody in a room.
    pub(crate) struct Visitor {
        /// Tells people of the same name apart. The socket's own id would not do: whoever knows that
        /// one can act for the socket.
        id: u64,
        name: String,
        room: String,
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

    /// What the page sends: a message to all in the room, numbered by the page.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Say<'a> {
        number: u64,
        #[serde(borrow)]
        text: Cow<'a, str>,
    }

    /// Turns away, with a sentence, whoever has no proper name, before there is a socket.
    async fn attach(join: web::Query<Join>) -> Result<Visitor, actix_web::Error> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);

        let name = rules::name(&join.name).map_err(ErrorUnprocessableEntity)?;
        let room = rules::room(&join.room).map_err(ErrorUnprocessableEntity)?;
        let topic = topic(&room);
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
            socket: ws.id().to_string(),
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
}
