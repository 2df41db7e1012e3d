//! The socket of the chat.
//!
//! Each room is a topic, and its subscribers are the people in the room. A message is published to the
//! others in the room, and then confirmed to its author, so that the page shows a message as sent
//! only after the server has passed it on.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use actix_web::{
    error::{ErrorServiceUnavailable, ErrorUnprocessableEntity},
    web,
};
use levante::prelude::*;
use serde::Deserialize;

use crate::{
    events::{Event, Person, now, topic},
    requests::{MessageId, Request},
    rooms::{Rooms, Seat},
    rules,
};

/// How long a person whose network has died stays in the room. Browsers answer the pings that the
/// server sends meanwhile.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// How fast a person may send: a line every half second on average, which is faster than people type,
/// and more at once after a stall of the network. A client that floods the room is disconnected.
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

// The longest message fits even if JSON spells each character in twelve bytes. `rules` refuses a
// longer one with a sentence. A client that does not keep up is disconnected, and connects again, so
// that no person sees a conversation with gaps. One visitor alone cannot cause that: the longest
// messages that `RATE` allows at once have 410 KB in all.
#[websocket(
    "/chat",
    idle_timeout = self::IDLE_TIMEOUT,
    max_message_size = 24 << 10,
    max_message_rate = self::RATE,
    backpressure_limit = 1 << 20,
    close_on_backpressure_limit = true,
)]
pub(crate) mod socket {
    use super::*;

    /// A person in a room.
    pub(crate) struct Visitor {
        /// Tells people of the same name apart. It is not the id of the socket, which is a permission.
        id: u64,
        name: String,
        topic: String,
        /// Dropped with the visitor, after every end of the connection.
        seat: Seat,
    }

    impl Visitor {
        /// The public part of this visitor.
        fn person(&self) -> Person<'_> {
            Person {
                id: self.id,
                name: &self.name,
            }
        }
    }

    /// Refuses visitors without a valid name, and visitors of a full room, with a sentence.
    async fn attach(
        join: web::Query<Join>,
        rooms: web::Data<Rooms>,
    ) -> Result<Visitor, actix_web::Error> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);

        let (name, seat) = join.admit(&rooms)?;
        Ok(Visitor {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            name,
            topic: topic(seat.room().name()),
            seat,
        })
    }

    /// Sends a new visitor the list of people, and announces the visitor to the others.
    fn open(ws: &Ws) {
        let Visitor { seat, topic, .. } = &ws.data;
        let (person, at) = (ws.data.person(), now());
        // This order misses nothing: what happens after the subscription arrives as an event, and the
        // list and the count, which are made after it, reflect all that happened earlier.
        ws.subscribe(topic);
        let in_room = ws.server().subscribers::<Ws>(topic);
        ws.send(Json(Event::Welcome {
            you: person,
            room: seat.room().name(),
            since: seat.room().since(),
            said: seat.room().said(),
            others: others(ws, &in_room),
            socket: ws.id().to_string(),
            at,
        }));
        ws.publish(topic, Json(Event::Enter { person, at }));
    }

    /// Answers each request of the page.
    fn message(ws: &Ws, Json(request): Json<Request<'_>>) {
        match request {
            Request::Say { id, text } => say(ws, &id, &text),
            Request::Ping {} => {
                ws.send(Json(Event::Pong { at: now() }));
            }
        }
    }

    /// Keeps the connection open if a message could not be parsed. After a panic it always ends.
    fn error(ws: &Ws, error: HandlerError) {
        if let HandlerError::Payload(error) = error {
            let (id, reason) = (None, error.to_string());
            ws.send(Json(Event::Refused { id, reason }));
        }
    }

    /// Tells the others, after every end of the connection.
    fn close(ws: &Ws) {
        let Visitor { topic, .. } = &ws.data;
        let (person, at) = (ws.data.person(), now());
        ws.publish(topic, Json(Event::Leave { person, at }));
    }

    /// Passes a message on. Only its author learns of a refusal.
    fn say(ws: &Ws, id: &MessageId, text: &str) {
        if let Err(reason) = rules::text(text) {
            let id = Some(id);
            ws.send(Json(Event::Refused { id, reason }));
            return;
        }
        let Visitor { seat, topic, .. } = &ws.data;
        let (person, at) = (ws.data.person(), now());
        let number = seat.room().count_message();
        let message = Event::Message {
            id,
            number,
            person,
            text,
            at,
        };
        ws.publish(topic, Json(message));
        ws.send(Json(Event::Sent { id, number, at }));
    }

    /// The other people in the room: the subscribers of its topic.
    fn others<'a>(ws: &Ws, in_room: &'a [Ws]) -> Vec<Person<'a>> {
        in_room
            .iter()
            // A closing socket has announced its exit, perhaps before this one subscribed.
            .filter(|other| other.ready_state() == ReadyState::Open)
            .filter(|other| other.data.id != ws.data.id)
            .map(|other| other.data.person())
            .collect()
    }
}
