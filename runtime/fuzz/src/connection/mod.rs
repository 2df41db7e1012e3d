//! A whole connection. Its peer sends any bytes and reads at any time.

mod socket;

use std::rc::Rc;

use arbitrary::Arbitrary;
use levante::{__drive::Worker, Compressed, Compression, Policy, ReadyState, Server};

use self::socket::{LIMIT, Log, PUBLISHED, TOPIC, answering};
use crate::{
    client::{BINARY, Reader, TEXT},
    peer::{Peer, Stream},
};

/// The bytes of the peer, and the steps that happen meanwhile.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    /// Whether and how messages are compressed.
    setting: u8,
    /// Which of [`OFFERS`] the peer makes.
    offer: u8,
    /// The steps. They repeat until the whole stream has arrived.
    schedule: [Step; 12],
    stream: &'a [u8],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    /// This many bytes arrive.
    Arrive(u16),
    /// The peer gets room for this many more bytes.
    Read(u16),
    /// The server publishes this many bytes.
    Publish(u16, Terms),
    Resume,
    Close(u16),
    Terminate,
    /// The peer's half of the stream ends.
    HangUp,
    Nothing,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Terms {
    Drop,
    Latest,
    Close,
}

/// Bytes of the longest published message.
const LONGEST: u16 = 5000;

/// Bytes that a queue may hold beside messages: pings and pongs, and a Close frame.
const CONTROL: usize = 4096 + 127;

/// The extensions that a peer may offer.
const OFFERS: &[&str] = &[
    "",
    "permessage-deflate",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; server_max_window_bits=8; client_max_window_bits=9",
    "permessage-deflate; server_max_window_bits=9; client_max_window_bits",
    "permessage-deflate; server_max_window_bits=12; client_no_context_takeover",
];

fn compression(setting: u8) -> Compression {
    match setting {
        0 => Compression::Off,
        1 => Compression::Shared,
        number => Compression::Dedicated {
            window_bits: 9 + number % 7,
        },
    }
}

/// Drives the connection to its end.
pub fn check(input: Input<'_>) {
    let server = Server::new();
    let worker = Worker::<answering::Endpoint>::new(&server);
    let worker = worker.compression(compression(input.setting));
    let (peer, log) = (Rc::<Peer>::default(), Rc::<Log>::default());
    let offer = OFFERS[usize::from(input.offer) % OFFERS.len()];
    let visitor = answering::Visitor(log.clone());
    let agreed = worker.connect_with(offer, visitor, Stream(peer.clone()));
    let mut drive = Drive {
        server: server.clone(),
        worker: &worker,
        peer,
        log,
        reader: Reader::with_agreement(agreed.as_deref()),
        stream: input.stream,
    };
    drive.turn();
    drive.follow(&input.schedule);
    drive.read_all();
    let log = drive.log;
    drop(worker);
    assert_eq!(log.closed.get(), log.opened.get());
    assert_eq!(server.connections(), 0);
    // The socket refers to the log: this ends the cycle.
    log.socket.take();
}

struct Drive<'a> {
    server: Server,
    worker: &'a Worker<answering::Endpoint>,
    peer: Rc<Peer>,
    log: Rc<Log>,
    reader: Reader,
    /// The bytes that have not yet arrived.
    stream: &'a [u8],
}

impl Drive<'_> {
    fn follow(&mut self, schedule: &[Step]) {
        loop {
            let before = self.stream.len();
            for step in schedule {
                self.take_step(*step);
                self.turn();
            }
            if self.stream.len() == before {
                self.arrive(before);
                return self.turn();
            }
        }
    }

    fn take_step(&mut self, step: Step) {
        let socket = self.log.socket.borrow().clone();
        let socket = socket.expect("`open` runs in the first turn");
        match step {
            Step::Arrive(count) => self.arrive(count.into()),
            Step::Read(room) => self.peer.make_room(room.into()),
            Step::Publish(len, terms) => self.publish(usize::from(len % LONGEST), terms),
            Step::Resume => socket.resume(),
            Step::Close(code) => socket.close_with(code, "so be it"),
            Step::Terminate => socket.terminate(),
            Step::HangUp => self.peer.hang_up(),
            Step::Nothing => {}
        }
    }

    fn arrive(&mut self, count: usize) {
        let (arrived, rest) = self.stream.split_at(count.min(self.stream.len()));
        self.stream = rest;
        self.peer.send(arrived);
    }

    fn publish(&self, len: usize, terms: Terms) {
        let policy = match terms {
            Terms::Drop => Policy::Drop,
            Terms::Latest => Policy::Latest("key"),
            Terms::Close => Policy::Close,
        };
        let message = [&[PUBLISHED], &vec![0; len][..]].concat();
        if len.is_multiple_of(2) {
            self.server.publish_with(TOPIC, message, policy);
        } else {
            let message = Compressed(message);
            self.server.publish_with(TOPIC, message, policy);
        }
    }

    /// Lets the connection work as far as it can, and checks the results.
    fn turn(&mut self) {
        self.worker.turn();
        let socket = self.log.socket.borrow();
        let buffered = socket.as_ref().map_or(0, |ws| ws.buffered_amount());
        assert!(buffered <= LIMIT.max(usize::from(LONGEST) + 5) + CONTROL);
        assert_eq!(self.log.opened.get(), 1);
        for frame in self.reader.read(&self.peer.take_written()) {
            let is_published = frame.opcode == BINARY && frame.payload.first() == Some(&PUBLISHED);
            if matches!(frame.opcode, TEXT | BINARY) && !is_published {
                assert_eq!(self.log.sent.borrow_mut().pop_front(), Some(frame));
            }
        }
    }

    /// Lets the peer read everything. If the connection is then still open, nothing may be missing.
    /// At last the peer hangs up.
    fn read_all(&mut self) {
        self.peer.make_room(usize::MAX);
        self.settle();
        let state = self.log.socket.borrow().as_ref().map(|ws| ws.ready_state());
        if state == Some(ReadyState::Open) {
            assert!(self.reader.is_between_frames());
            assert!(self.log.sent.borrow().is_empty());
        }
        self.peer.hang_up();
        self.settle();
        assert_eq!(self.log.closed.get(), 1);
    }

    /// Takes turns until nothing happens any more.
    fn settle(&mut self) {
        while self.peer.take_progress() {
            if let Some(socket) = &*self.log.socket.borrow() {
                socket.resume();
            }
            self.turn();
        }
    }
}
