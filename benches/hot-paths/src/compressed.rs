//! Compressed messages: whole connections, and the compressor alone.

use std::{hint::black_box, rc::Rc};

use flate2::{Compress, FlushCompress};
use levante::{__drive::Worker, Compressed, Compression, prelude::*};

use crate::{
    Call, HotPath, Squeeze,
    codec::client_frame,
    json::{Numbers, json},
    path,
    protocol::{Opcode, deflate::Encoder},
    stream::{Peer, Stream},
};

/// A connection is woken, reads, and sends a compressed message. A message is published compressed,
/// and written to every subscriber.
pub(crate) const PATHS: &[HotPath] = &[
    path("send-compressed-64", 64, send),
    path("send-compressed-1k", KIB, send),
    path("send-compressed-16k", 16 * KIB, send),
    path("publish-compressed-1k-to-10", 10 * KIB, publish),
];

const KIB: usize = 1 << 10;

const OFFER: &str = "permessage-deflate";

#[websocket("/compressed")]
#[expect(dead_code, reason = "no application mounts it")]
mod compressing {
    use super::*;

    pub(crate) struct Answer(pub(crate) Vec<u8>);

    fn attach() -> Answer {
        Answer(Vec::new())
    }

    fn open(ws: &Ws) {
        ws.subscribe("feed");
    }

    fn message(ws: &Ws, _: &str) {
        ws.send(Compressed(black_box(&ws.data.0[..])));
    }
}

fn worker(server: &Server) -> Worker<compressing::Endpoint> {
    Worker::new(server).compression(Compression::Shared)
}

fn send(bytes: usize) -> Call {
    let peer = Peer::new(client_frame(Opcode::Text, 16));
    let worker = worker(&Server::new());
    let answer = compressing::Answer(json(bytes));
    worker.connect_with(OFFER, answer, Stream(peer.clone()));
    worker.turn();
    Box::new(move || {
        peer.speak();
        worker.turn();
        handled(bytes, peer.take_received())
    })
}

fn publish(bytes: usize) -> Call {
    let peer = Rc::new(Peer::default());
    let server = Server::new();
    let worker = worker(&server);
    for _ in 0..bytes / KIB {
        let answer = compressing::Answer(Vec::new());
        worker.connect_with(OFFER, answer, Stream(peer.clone()));
    }
    worker.turn();
    let message = json(KIB);
    Box::new(move || {
        server.publish("feed", Compressed(black_box(&message[..])));
        worker.turn();
        handled(bytes, peer.take_received())
    })
}

/// The bytes of payload, if fewer have been written.
fn handled(bytes: usize, written: usize) -> usize {
    match (1..bytes).contains(&written) {
        true => bytes,
        false => 0,
    }
}

/// levante's encoder, and zlib as flate2 has it, which begins anew with each message.
pub(crate) fn squeezes() -> Vec<(&'static str, Squeeze)> {
    let mut encoder = Encoder::new();
    let mut out = Vec::new();
    let ours: Squeeze = Box::new(move |message| {
        out.clear();
        encoder.encode(&[], message, 15, &mut out);
        out.len()
    });
    let zlib = |level| -> Squeeze {
        let mut zlib = Compress::new(flate2::Compression::new(level), false);
        let mut out = Vec::new();
        Box::new(move |message| {
            out.clear();
            out.reserve(message.len() + message.len() / 64 + 64);
            zlib.reset();
            let status = zlib.compress_vec(message, &mut out, FlushCompress::Sync);
            // The last four bytes are not sent.
            status.map_or(0, |_| out.len() - 4)
        })
    };
    vec![
        ("levante", ours),
        ("zlib 1", zlib(1)),
        ("zlib 6", zlib(6)),
        ("zlib 9", zlib(9)),
    ]
}

/// Three kinds of messages of this length.
pub(crate) fn samples(len: usize) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("JSON", json(len)),
        ("prose", prose(len)),
        ("records", records(len)),
    ]
}

const WORDS: &[&str] = &[
    "the",
    "a",
    "of",
    "and",
    "to",
    "in",
    "is",
    "you",
    "that",
    "it",
    "was",
    "for",
    "on",
    "are",
    "with",
    "as",
    "they",
    "be",
    "at",
    "one",
    "have",
    "this",
    "from",
    "or",
    "had",
    "by",
    "but",
    "what",
    "some",
    "we",
    "can",
    "out",
    "other",
    "were",
    "all",
    "there",
    "when",
    "up",
    "use",
    "your",
    "how",
    "said",
    "each",
    "which",
    "do",
    "their",
    "time",
    "if",
    "will",
    "way",
    "about",
    "many",
    "then",
    "them",
    "write",
    "would",
    "like",
    "so",
    "these",
    "long",
    "make",
    "thing",
    "see",
    "look",
    "more",
    "day",
    "could",
    "go",
    "come",
    "did",
    "number",
    "people",
    "water",
    "message",
    "tomorrow",
    "meeting",
    "probably",
    "everything",
    "coffee",
    "yesterday",
    "deploy",
    "problem",
    "thanks",
    "sorry",
    "question",
    "between",
    "beautiful",
    "understand",
];

/// Words in random order, the first ones more often.
fn prose(len: usize) -> Vec<u8> {
    let mut numbers = Numbers(2);
    let mut prose = String::new();
    while prose.len() < len {
        let range = 1 + numbers.below(WORDS.len() as u64) as usize;
        prose += numbers.one_of(&WORDS[..range]);
        prose += numbers.one_of(&[" ", " ", " ", " ", " ", " ", ", ", ". "]);
    }
    prose.truncate(len);
    prose.into()
}

/// Binary records with a counter, a price, and small numbers.
fn records(len: usize) -> Vec<u8> {
    let mut numbers = Numbers(3);
    let mut records = Vec::new();
    let mut id = numbers.below(1 << 20) as u32;
    while records.len() < len {
        id += 1 + numbers.below(3) as u32;
        records.extend(id.to_le_bytes());
        records.extend([numbers.below(4) as u8, 0, 0, 0]);
        records.extend((numbers.below(100_000) as f32 / 7.0).to_le_bytes());
        records.extend((numbers.below(300) as u16).to_le_bytes());
        records.extend(1_u16.to_le_bytes());
    }
    records.truncate(len);
    records
}
