//! The module whose client is tested: that of the guide, and functions that make trouble.

use std::{
    future,
    sync::atomic::{AtomicU32, Ordering},
};

use actix_web::web;
use levante::prelude::*;

/// Counts what must run once.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A chat with rooms.
#[websocket("/chat", max_topics = 4)]
pub(crate) mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Login {
        name: String,
    }

    pub(crate) struct Visitor {
        name: String,
    }

    fn attach(login: web::Query<Login>) -> Visitor {
        let name = login.into_inner().name;
        Visitor { name }
    }

    /// Somebody in a room.
    #[wire]
    pub(crate) struct Person {
        pub(crate) name: String,
    }

    /// A room: who is in it hears what is said in it.
    #[topic("room/{id}", message = RoomEvent)]
    pub(crate) struct Room {
        pub(crate) id: u32,
    }

    /// What happens in a room.
    #[wire]
    pub(crate) enum RoomEvent {
        /// Somebody said something.
        Said { from: Person, text: String },
        /// Somebody is typing.
        Typing { from: Person },
    }

    /// What concerns one socket only.
    #[sends]
    pub(crate) enum Event {
        Welcome { you: Person, rooms: Vec<u32> },
    }

    /// Why the server says goodbye.
    #[closes]
    pub(crate) enum Bye {
        /// Somebody told us to.
        Kicked = 4001,
        Banned = 4003,
    }

    #[wire]
    pub(crate) struct Sent {
        number: u32,
        reached: usize,
    }

    #[wire]
    pub(crate) enum Refused {
        TooLong { most: usize },
        NotInRoom,
    }

    fn open(ws: &Ws) {
        if ws.data.name == "Mallory" {
            return ws.close_with(Bye::Banned, "not you");
        }
        ws.send(Event::Welcome {
            you: me(ws),
            rooms: vec![1, 7],
        });
    }

    /// Says something to everybody in a room.
    #[on]
    fn say(ws: &Ws, room: u32, text: &str) -> Result<Sent, Refused> {
        let room = Room { id: room };
        if !ws.is_subscribed(&room) {
            return Err(Refused::NotInRoom);
        }
        if text.len() > 2000 {
            return Err(Refused::TooLong { most: 2000 });
        }
        let said = RoomEvent::Said {
            from: me(ws),
            text: text.to_owned(),
        };
        let reached = ws.publish(&room, said).addressed;
        let number = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Sent { number, reached })
    }

    #[on]
    fn typing(ws: &Ws, room: u32) {
        ws.publish(Room { id: room }, RoomEvent::Typing { from: me(ws) });
    }

    /// Adds two numbers; the second one is 1 if it is not given.
    #[on]
    async fn add(_ws: &Ws, a: u32, b: Option<u32>) -> u32 {
        a + b.unwrap_or(1)
    }

    #[on]
    fn leave_for_good(ws: &Ws) {
        ws.close_with(Bye::Kicked, "as you wish");
    }

    /// Adds one to the count, without an answer.
    #[on]
    fn bump(_ws: &Ws) {
        COUNT.fetch_add(1, Ordering::Relaxed);
    }

    /// The count of this run of the server.
    #[on]
    fn count(_ws: &Ws) -> u32 {
        COUNT.load(Ordering::Relaxed)
    }

    /// Counts, and never answers.
    #[on]
    async fn hang(_ws: &Ws) -> u32 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        future::pending().await
    }

    /// Says in a room what no client of this contract understands.
    #[on]
    fn babble(ws: &Ws, room: u32) {
        let topic = format!("room/{room}");
        for frame in [
            "",
            "no JSON",
            "null",
            "7",
            "\"text\"",
            "[]",
            "{}",
            r#"{"topic":7,"data":1}"#,
            r#"{"topic":"room/7"}"#,
            r#"{"topic":"__proto__","data":{"type":"said"}}"#,
            r#"{"id":1000,"ok":1}"#,
            r#"{"id":1,"type":"question","data":{}}"#,
            r#"{"id":"1","ok":1}"#,
            r#"{"data":null}"#,
        ] {
            ws.server().publish(&topic, frame);
        }
        ws.server().publish(&topic, &b"{}"[..]);
        for event in [
            "null",
            "7",
            "[]",
            r#"{"type":"__proto__"}"#,
            r#"{"type":"toString"}"#,
            r#"{"type":"hasOwnProperty","from":1}"#,
            r#"{"type":7}"#,
            r#"{"type":"shouted"}"#,
        ] {
            ws.server()
                .publish(&topic, format!(r#"{{"topic":"{topic}","data":{event}}}"#));
        }
    }

    /// Closes with a code of the protocol.
    #[on]
    fn end(ws: &Ws, code: u16) {
        ws.close_with(CloseCode::from(code), "as you wish");
    }

    /// Who may hear a room; the answer is who is there.
    #[join]
    async fn room(ws: &Ws, room: &Room) -> Result<Vec<Person>, Refused> {
        if room.id == 13 {
            return Err(Refused::NotInRoom);
        }
        Ok(others(ws, room))
    }

    fn me(ws: &Ws) -> Person {
        Person {
            name: ws.data.name.clone(),
        }
    }

    fn others(ws: &Ws, room: &Room) -> Vec<Person> {
        let sockets = ws.server().sockets::<Ws>();
        let others = sockets
            .iter()
            .filter(|other| *other != ws && other.is_subscribed(room));
        others.map(me).collect()
    }
}
