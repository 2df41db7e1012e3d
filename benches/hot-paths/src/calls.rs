//! Calls of `#[on]` functions and typed publishes, each beside the same done by hand.

use std::{cell::Cell, hint::black_box, rc::Rc};

use levante::{__drive::Worker, prelude::*};
use serde::Deserialize;

use crate::{
    Call, HotPath,
    codec::client_frame_of,
    path,
    protocol::Opcode,
    stream::{Peer, Stream},
};

/// A connection is woken, reads a call, and hands its fields to the function. There is no answer.
pub(crate) const CALLS: &[HotPath] = &[
    path("call-by-hand", TEXT.len(), by_hand),
    path("call-on", TEXT.len(), on),
    path("call-on-answered", TEXT.len(), on_answered),
];

/// An event is encoded, published to ten subscribers, and written.
pub(crate) const TYPED_PUBLISH: &[HotPath] = &[
    path("publish-json-to-10", TEXT.len(), publish_by_hand),
    path("publish-typed-to-10", TEXT.len(), publish_typed),
];

const TEXT: &str = "hello to all in this room";

/// The bytes of the texts that have been handled.
#[derive(Default)]
pub(crate) struct Seen(Cell<usize>);

impl Seen {
    fn count(&self, room: u32, text: &str) {
        self.0.update(|seen| seen + text.len() + room as usize);
    }
}

/// An enum, as serde reads it best: the tag is beside the content.
#[derive(Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
enum Order<'m> {
    Typing { room: u32 },
    Say { room: u32, text: &'m str },
    Invite { room: u32, name: &'m str },
    Leave { room: u32 },
}

#[websocket("/by-hand")]
#[expect(dead_code, reason = "no application mounts it")]
mod handmade {
    use super::*;

    fn attach() -> Rc<Seen> {
        Rc::default()
    }

    fn message(ws: &Ws, Json(order): Json<Order<'_>>) {
        match order {
            Order::Typing { room } | Order::Leave { room } => ws.data.count(room, ""),
            Order::Say { room, text } => ws.data.count(room, text),
            Order::Invite { room, name } => ws.data.count(room, name),
        }
    }

    fn open(ws: &Ws) {
        ws.subscribe("room/0");
    }
}

#[websocket("/typed")]
#[expect(dead_code, reason = "no application mounts it")]
mod typed {
    use super::*;

    fn attach() -> Rc<Seen> {
        Rc::default()
    }

    #[topic("room/{id}", message = Event<'static>)]
    pub(super) struct Room {
        pub(super) id: u32,
    }

    #[wire]
    pub(super) enum Event<'m> {
        Said { room: u32, text: &'m str },
    }

    fn open(ws: &Ws) {
        ws.subscribe(Room { id: 0 });
    }

    #[on]
    fn typing(ws: &Ws, room: u32) {
        ws.data.count(room, "");
    }

    #[on]
    fn say(ws: &Ws, room: u32, text: &str) {
        ws.data.count(room, text);
    }

    #[on]
    fn invite(ws: &Ws, room: u32, name: &str) {
        ws.data.count(room, name);
    }

    #[on]
    fn leave(ws: &Ws, room: u32) {
        ws.data.count(room, "");
    }
}

fn by_hand(_: usize) -> Call {
    let frame = format!(r#"{{"type":"say","data":{{"room":0,"text":"{TEXT}"}}}}"#);
    let worker = Worker::<handmade::Endpoint>::new(&Server::new());
    called(&frame, |seen, stream| {
        worker.connect(seen, stream);
        move || worker.turn()
    })
}

fn on(_: usize) -> Call {
    let frame = format!(r#"{{"type":"say","data":{{"room":0,"text":"{TEXT}"}}}}"#);
    call_typed(&frame)
}

fn on_answered(_: usize) -> Call {
    let frame = format!(r#"{{"type":"say","data":{{"room":0,"text":"{TEXT}"}},"id":123456}}"#);
    call_typed(&frame)
}

fn call_typed(frame: &str) -> Call {
    let worker = Worker::<typed::Endpoint>::new(&Server::new());
    called(frame, |seen, stream| {
        worker.connect(seen, stream);
        move || worker.turn()
    })
}

/// `start` makes the connection, and returns a round of the pump.
fn called<T: Fn() + 'static>(frame: &str, start: impl FnOnce(Rc<Seen>, Stream) -> T) -> Call {
    let peer = Peer::new(client_frame_of(Opcode::Text, frame.as_bytes()));
    let seen = Rc::<Seen>::default();
    let turn = start(seen.clone(), Stream(peer.clone()));
    turn();
    Box::new(move || {
        peer.speak();
        turn();
        seen.0.take()
    })
}

fn publish_by_hand(_: usize) -> Call {
    #[derive(serde::Serialize)]
    struct Publication<'m> {
        topic: &'m str,
        data: typed::Event<'m>,
    }
    let server = Server::new();
    let worker = Worker::<handmade::Endpoint>::new(&server);
    let peer = Rc::new(Peer::default());
    for _ in 0..10 {
        worker.connect(Rc::default(), Stream(peer.clone()));
    }
    worker.turn();
    Box::new(move || {
        let data = typed::Event::Said {
            room: black_box(0),
            text: black_box(TEXT),
        };
        let topic = "room/0";
        server.publish(topic, Json(Publication { topic, data }));
        worker.turn();
        TEXT.len() * usize::from(peer.take_received() > 10 * TEXT.len())
    })
}

fn publish_typed(_: usize) -> Call {
    let server = Server::new();
    let worker = Worker::<typed::Endpoint>::new(&server);
    let peer = Rc::new(Peer::default());
    for _ in 0..10 {
        worker.connect(Rc::default(), Stream(peer.clone()));
    }
    worker.turn();
    Box::new(move || {
        let said = typed::Event::Said {
            room: black_box(0),
            text: black_box(TEXT),
        };
        server.publish(typed::Room { id: black_box(0) }, said);
        worker.turn();
        TEXT.len() * usize::from(peer.take_received() > 10 * TEXT.len())
    })
}
