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
    messages::{Joined, MessageId, Person, Refused, RoomEvent, Sent, now},
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
pub(crate) struct Entry {
    name: String,
    #[serde(default = "rules::lobby")]
    room: String,
}

impl Entry {
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
/// A person enters a room with the handshake, `/chat?name=Ada&room=lobby`, and then joins its topic.
#[websocket(
    "/chat",
    idle_timeout = self::IDLE_TIMEOUT,
    max_message_size = 24 << 10,
    max_message_rate = self::RATE,
    backpressure_limit = 1 << 20,
    close_on_backpressure_limit = true,
)]
pub(crate) mod chat {
    use super::*;

    #[topic]
    use crate::messages::Room;

    /// A person with a seat in a room.
    pub(crate) struct Visitor {
        /// Its id is not the id of the socket, which is a permission.
        person: Person,
        /// Dropped with the visitor, after every end of the connection.
        seat: Seat,
    }

    impl Visitor {
        /// The room in which the seat is.
        fn room(&self) -> &Room {
            self.seat.conversation().room()
        }
    }

    /// What concerns one client only.
    #[sends]
    pub(crate) enum Event {
        /// The first event of every connection. `socket` is its id, by which routes find it. It is a
        /// permission, so only this client gets it.
        Welcome {
            you: Person,
            room: String,
            socket: String,
        },
        /// A message from a route.
        Greeting { text: String, at: u64 },
    }

    /// Refuses visitors without a valid name, and visitors of a full room, with a sentence.
    async fn attach(
        entry: web::Query<Entry>,
        rooms: web::Data<Rooms>,
    ) -> Result<Visitor, actix_web::Error> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);

        let (name, seat) = entry.admit(&rooms)?;
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let server = rooms.servers().number();
        let person = Person { server, id, name };
        Ok(Visitor { person, seat })
    }

    /// Tells a client which room it may join.
    fn open(ws: &Ws) {
        ws.send(Event::Welcome {
            you: ws.data.person.clone(),
            room: ws.data.room().name.clone(),
            socket: ws.id().to_string(),
        });
    }

    /// Enters the room of the query, and tells what is there.
    #[join]
    fn room(ws: &Ws, room: &Room) -> Result<Joined, Refused> {
        if room.name != ws.data.room().name {
            return Err(Refused::OtherRoom);
        }
        // This order misses nothing: what happens after the subscription arrives as an event, and the
        // list and the count, which are made after it, reflect all that happened earlier.
        ws.subscribe(room);
        let (conversation, servers) = (ws.data.seat.conversation(), ws.data.seat.servers());
        Ok(Joined {
            since: conversation.since(),
            said: (!servers.are_several()).then(|| conversation.said()),
            others: others(ws, room),
            elsewhere: servers.watch(ws.server(), conversation),
            at: now(),
        })
    }

    /// Announces to the others that a person has entered, or has left. A connection that ends leaves
    /// its room, too.
    fn subscription(ws: &Ws, _topic: &str) {
        let (room, person, at) = (ws.data.room(), ws.data.person.clone(), now());
        ws.publish(
            room,
            if ws.is_subscribed(room) {
                RoomEvent::Enter { person, at }
            } else {
                RoomEvent::Leave { person, at }
            },
        );
    }

    /// Passes a message on to the others in the room.
    #[on]
    fn say(ws: &Ws, id: MessageId, text: &str) -> Result<Sent, Refused> {
        if !ws.is_subscribed(ws.data.room()) {
            return Err(Refused::NotJoined);
        }
        rules::text(text).map_err(|sentence| Refused::Rule { sentence })?;
        let (number, at) = (ws.data.seat.conversation().count_message(), now());
        let message = RoomEvent::Message {
            id,
            number,
            person: ws.data.person.clone(),
            text: text.to_owned(),
            at,
        };
        ws.publish(ws.data.room(), message);
        Ok(Sent { number, at })
    }

    /// The other people in the room at this server: the subscribers of its topic here.
    fn others(ws: &Ws, room: &Room) -> Vec<Person> {
        let in_room = ws.server().subscribers::<Ws>(room);
        in_room
            .iter()
            // A closing socket has announced its exit, perhaps before this one subscribed.
            .filter(|other| other.ready_state() == ReadyState::Open)
            .map(|other| &other.data.person)
            .filter(|person| person.id != ws.data.person.id)
            .cloned()
            .collect()
    }
}
