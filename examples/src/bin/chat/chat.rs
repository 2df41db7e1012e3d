//! The socket of the chat: who enters, what is said, who leaves.
//!
//! Each room is a topic, which also tells who is in it. What somebody says is published to the others in the room, and only then
//! confirmed to its author, so that the page never shows as sent what the server has not passed on.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
};

use actix_web::{
    error::{ErrorServiceUnavailable, ErrorUnprocessableEntity},
    web,
};
use levante::prelude::*;
use serde::Deserialize;

use crate::{
    events::{Event, Person, now, topic},
    rooms::{Rooms, Seat},
    rules,
};

/// How fast somebody may talk: a line each half second in the long run, which is faster than people
/// type, and at once what has waited on a network that stalled. What floods the room is cut off.
const RATE: MessageRate = MessageRate {
    per_second: 2,
    burst: 50,
};

/// The query of a handshake: `/chat?name=Ada&room=lobby`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Join {
    name: String,
    #[serde(default = "rules::lobby")]
    room: String,
}

impl Join {
    /// The name, and a seat in the room.
    ///
    /// # Errors
    ///
    /// An answer with a sentence: 422 if one of the names breaks the rules, 503 if the room is full.
    pub(crate) fn admit(&self, rooms: &Rooms) -> Result<(String, Seat), actix_web::Error> {
        let name = rules::name(&self.name).map_err(ErrorUnprocessableEntity)?;
        let room = rules::room(&self.room).map_err(ErrorUnprocessableEntity)?;
        let seat = rooms.enter(room).map_err(ErrorServiceUnavailable)?;
        Ok((name, seat))
    }
}

// JSON may spell each character of a message in twelve bytes, and even then the longest fits; what
// is longer is refused by `rules`, with a sentence, unless it is absurd. A reader who cannot keep up
// is sent away, and comes back, rather than being shown a conversation with holes. It takes more
// than one visitor to do that: the longest messages that `RATE` allows at once come to 410 KB.
#[websocket(
    "/chat",
    max_message_size = 24 << 10,
    max_message_rate = self::RATE,
    backpressure_limit = 1 << 20,
    close_on_backpressure_limit = true,
)]
pub(crate) mod socket {
    use super::*;

    /// Somebody in a room.
    pub(crate) struct Visitor {
        /// Tells people of the same name apart. The socket's own id would not do: whoever knows that
        /// one can act for the socket.
        id: u64,
        name: String,
        topic: String,
        /// Becomes free when the visitor is dropped, however the connection ends.
        seat: Seat,
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

    /// Turns away, with a sentence and before there is a socket, visitors without a proper name and
    /// those for whom the room has no place.
    async fn attach(
        join: web::Query<Join>,
        rooms: web::Data<Rooms>,
    ) -> Result<Visitor, actix_web::Error> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);

        let (name, seat) = join.admit(&rooms)?;
        Ok(Visitor {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            name,
            topic: topic(seat.room()),
            seat,
        })
    }

    /// Shows a newcomer around, and tells the others.
    fn open(ws: &Ws) {
        let Visitor { seat, topic, .. } = &ws.data;
        let (person, at) = (ws.data.person(), now());
        // In this order nobody is missed: who enters or leaves after the subscription is an event,
        // and who did before it is on the list, or no longer.
        ws.subscribe(topic);
        let in_room = ws.server().subscribers::<Ws>(topic);
        ws.send(Json(Event::Welcome {
            you: person,
            room: seat.room(),
            others: others(ws, &in_room),
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

    /// Who else is in the room, of those who subscribe to its topic.
    fn others<'a>(ws: &Ws, in_room: &'a [Ws]) -> Vec<Person<'a>> {
        in_room
            .iter()
            // One that is closing has said so already, perhaps before we listened.
            .filter(|other| other.ready_state() == ReadyState::Open)
            .filter(|other| other.data.id != ws.data.id)
            .map(|other| other.data.person())
            .collect()
    }
}
