//! Whole connections, from the bytes that are read to the bytes that are written. They run on the
//! driver of `levante::HttpServer`. Only the stream, the runtime and the clock are left out.

use std::{hint::black_box, rc::Rc};

use levante::{__drive::Worker, Incoming, prelude::*};

use crate::{
    Call, HotPath,
    codec::client_frame,
    path,
    protocol::Opcode,
    stream::{Peer, Stream},
};

/// A connection is woken, reads, and answers the messages that it has read.
pub(crate) const ECHO: &[HotPath] = &[
    path("connection-echo-16", 16, |bytes| echo(bytes, 1)),
    path("connection-echo-16-of-16", 16 * 16, |bytes| {
        echo(bytes / 16, 16)
    }),
];

/// A message is published, and written to every subscriber of its topic.
pub(crate) const PUBLISH: &[HotPath] = &[
    path("publish-64-to-1", PUBLISHED, publish),
    path("publish-64-to-10", 10 * PUBLISHED, publish),
    path("publish-64-to-100", 100 * PUBLISHED, publish),
    path("publish-64-to-1000", 1_000 * PUBLISHED, publish),
    path("publish-64-to-10000", 10_000 * PUBLISHED, publish),
];

/// Bytes of a published payload.
pub(crate) const PUBLISHED: usize = 64;

/// Bytes of the header of each message here, as a server sends it.
pub(crate) const HEADER: usize = 2;

#[websocket("/echo")]
#[expect(dead_code, reason = "no application mounts it")]
mod answering {
    use super::*;

    pub(crate) struct Visitor;

    fn attach() -> Visitor {
        Visitor
    }

    fn message(ws: &Ws, message: Incoming<'_>) {
        ws.send(message);
    }
}

#[websocket("/feed")]
#[expect(dead_code, reason = "no application mounts it")]
pub(crate) mod subscribing {
    pub(crate) struct Visitor;

    fn attach() -> Visitor {
        Visitor
    }

    fn open(ws: &Ws) {
        ws.subscribe("feed");
    }
}

/// One read with this many messages, and one write with the answers.
fn echo(size: usize, messages: usize) -> Call {
    let peer = Peer::new(client_frame(Opcode::Text, size).repeat(messages));
    let worker = Worker::<answering::Endpoint>::new(&Server::new());
    worker.connect(answering::Visitor, Stream(peer.clone()));
    worker.turn();
    Box::new(move || {
        peer.speak();
        worker.turn();
        peer.take_received().saturating_sub(messages * HEADER)
    })
}

/// A publish on the thread of all subscribers. `bytes` is how many bytes of payload all subscribers
/// together receive.
fn publish(bytes: usize) -> Call {
    publisher(&Server::new(), bytes / PUBLISHED)
}

/// Publishes to this many subscribers on this thread.
pub(crate) fn publisher(server: &Server, subscribers: usize) -> Call {
    let peer = Rc::new(Peer::default());
    let server = server.clone();
    let worker = Worker::<subscribing::Endpoint>::new(&server);
    for _ in 0..subscribers {
        worker.connect(subscribing::Visitor, Stream(peer.clone()));
    }
    worker.turn();
    let message = [b'a'; PUBLISHED];
    Box::new(move || {
        server.publish("feed", black_box(&message[..]));
        worker.turn();
        peer.take_received().saturating_sub(subscribers * HEADER)
    })
}
