//! Envelopes as a node of a newer release writes them: see `runtime/src/cluster/envelope`.

use crate::support::cluster::{
    broker::{Broker, Kind},
    raw::Listener,
};

/// The subject that all nodes hear, without the prefix.
pub(crate) const CONTROL: &str = "c";

const TAG: u32 = 0xfeed_0001;
const NODE: u64 = 0xabcd << 32 | TAG as u64;

const PUBLISH: u8 = 1;
const HELLO: u8 = 5;
const COUNT: u8 = 7;
const COUNT_REPLY: u8 = 8;

/// A kind that the first version does not have.
const UNKNOWN: u8 = 200;

/// A field of the extension that this release does not know.
const FIELD: [u8; 5] = [99, 3, 1, 2, 3];

/// A node of a newer release, which reads the first and the second version.
pub(crate) struct Newer<'a>(&'a Broker);

/// What the newer node says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hello {
    pub(crate) session: u32,
    pub(crate) ready: bool,
    pub(crate) asks: bool,
    /// The tags of other nodes, and their sessions.
    pub(crate) heard: Vec<(u32, u32)>,
}

/// What another node has said.
pub(crate) struct Heard {
    pub(crate) version: u8,
    pub(crate) tag: u32,
    pub(crate) session: Option<u32>,
    /// The versions that it reads.
    pub(crate) reads: [u8; 2],
}

impl<'a> Newer<'a> {
    pub(crate) fn new(broker: &'a Broker) -> Self {
        Self(broker)
    }

    /// The subject of the messages for this node, without the prefix.
    pub(crate) fn node(&self) -> String {
        format!("n {TAG:08x}")
    }

    /// A subject of the broker. Its parts have spaces between them.
    pub(crate) fn subject(&self, subject: &str) -> String {
        let between = match self.0.kind {
            Kind::Redis => ":",
            Kind::Nats => ".",
        };
        format!("levante {subject}").replace(' ', between)
    }

    pub(crate) fn hello(&self, hello: Hello) {
        let mut field = hello.session.to_be_bytes().to_vec();
        for (tag, session) in &hello.heard {
            field.extend(tag.to_be_bytes());
            field.extend(session.to_be_bytes());
        }
        let length = u8::try_from(field.len()).unwrap();
        let extension = [&FIELD[..], &[1, length], &field, &FIELD].concat();
        let flags = u16::from(hello.ready) << 6 | u16::from(hello.asks) << 7;
        let body = [&[1, 2, 4][..], b"shop", &[5], b"newer"].concat();
        self.send(CONTROL, 1, HELLO, (flags, 0), &extension, &body);
    }

    pub(crate) fn publish(&self, subject: &str, sequence: u64, text: &str) {
        self.send(subject, 1, PUBLISH, (1, sequence), &FIELD, text.as_bytes());
    }

    /// Asks for the number of subscribers of a topic.
    pub(crate) fn count(&self, topic: &str, query: u64) {
        let body = [&query.to_be_bytes(), topic.as_bytes()].concat();
        self.send(CONTROL, 1, COUNT, (0, 0), &FIELD, &body);
    }

    /// Sends a kind of message that is new in the second version.
    pub(crate) fn unknown(&self, subject: &str) {
        self.send(subject, 2, UNKNOWN, (0x8000, 9), &FIELD, b"news");
    }

    /// The next heartbeat of another node.
    pub(crate) fn hello_of(&self, listener: &mut Listener, tag: u32) -> Heard {
        loop {
            let bytes = listener.next();
            let extension = usize::from(bytes[21]);
            if bytes[22] != HELLO || bytes[17..21] != tag.to_be_bytes() {
                continue;
            }
            let (field, body) = bytes[35..].split_at(extension);
            let session = field.strip_prefix(&[1]).map(|it| &it[1..5]);
            return Heard {
                version: bytes[4],
                tag,
                session: session.map(|it| u32::from_be_bytes(it.try_into().unwrap())),
                reads: [body[0], body[1]],
            };
        }
    }

    fn send(
        &self,
        subject: &str,
        version: u8,
        kind: u8,
        (flags, sequence): (u16, u64),
        extension: &[u8],
        body: &[u8],
    ) {
        let mut bytes = b"\x9clvc".to_vec();
        bytes.push(version);
        bytes.extend([0; 8]);
        bytes.extend(NODE.to_be_bytes());
        bytes.extend([u8::try_from(extension.len()).unwrap(), kind]);
        bytes.extend(flags.to_be_bytes());
        bytes.extend([0; 2]);
        bytes.extend(sequence.to_be_bytes());
        bytes.extend(extension);
        bytes.extend(body);
        let length = u32::try_from(bytes.len()).unwrap();
        bytes[5..9].copy_from_slice(&length.to_be_bytes());
        seal(&mut bytes);
        self.0.publish(&self.subject(subject), &bytes);
    }
}

/// The number of a question, and the number of subscribers that is the answer.
pub(crate) fn count_reply(bytes: &[u8]) -> (u64, u64) {
    assert_eq!(bytes[22], COUNT_REPLY);
    let body = &bytes[35 + usize::from(bytes[21])..];
    let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
    (number(&body[..8]), number(&body[8..]))
}

/// Makes the checksum right.
pub(crate) fn seal(bytes: &mut [u8]) {
    let mut checksum = u32::MAX;
    for byte in bytes[..9].iter().chain(&bytes[13..]) {
        checksum ^= u32::from(*byte);
        for _ in 0..8 {
            let is_odd = checksum & 1 == 1;
            checksum = (checksum >> 1) ^ if is_odd { 0xedb8_8320 } else { 0 };
        }
    }
    bytes[9..13].copy_from_slice(&(!checksum).to_be_bytes());
}
