//! What travels through a broker: one message of one node in bytes. No I/O, no clock.
//!
//! ```text
//! magic 4 | version 1 | length 4 | checksum 4 | node 8      the same in all versions
//! extension length 1 | kind 1 | flags 2 | lane 2 | sequence 8
//! extension | topic | except | key                          if they are there
//! body                                                      the rest
//! ```
//!
//! Numbers are big-endian. The length counts all bytes; the checksum is a CRC-32 of all bytes but
//! its own four. So a reader tells apart what is not ours, what is damaged, and what a node of
//! another version has written; it also knows which node that is. A reader skips what it does not
//! know of the extension. So there is room for a field that old readers need not know, such as the
//! position of a message in a kept topic. Anything else that is new needs a new version. So far a
//! heartbeat has an extension, and a message of a node that has lost its first connection.
//!
//! The checksum protects from damage, and not from an attacker. A peer that may publish at the
//! broker is trusted: it can send any message to any subscriber in the name of any node, close any
//! socket whose id it knows, and fill queues. Keep the broker in a private network, with a password.

mod decode;
mod encode;
mod item;
mod sessions;

use std::ops::Range;

pub(crate) use self::{
    decode::is_returned,
    sessions::{Heard, Sessions, heard},
};
use crate::{message::Kind, policy::Policy};

/// The first bytes. No text and no known format begins with them.
const MAGIC: [u8; 4] = [0x9c, b'l', b'v', b'c'];

/// The length of the part that is the same in all versions.
const PREAMBLE: usize = 21;

/// The place of the length.
const LENGTH: Range<usize> = 5..9;

/// The place of the checksum.
const CHECKSUM: Range<usize> = 9..13;

/// The bits of the flags. A reader refuses a bit that its kind of message does not have.
mod flag {
    /// The payload is text.
    pub(super) const TEXT: u16 = 1;
    pub(super) const COMPRESS: u16 = 1 << 1;
    /// There is a key: the policy is `Latest`.
    pub(super) const KEY: u16 = 1 << 2;
    /// The policy is `Close`.
    pub(super) const CLOSE: u16 = 1 << 3;
    pub(super) const EXCEPT: u16 = 1 << 4;
    pub(super) const TOPIC: u16 = 1 << 5;
    pub(super) const READY: u16 = 1 << 6;
    pub(super) const ASKS: u16 = 1 << 7;
}

/// The byte that says which [`Body`] an envelope has.
mod kind {
    pub(super) const PUBLISH: u8 = 1;
    pub(super) const CLOSE_TOPIC: u8 = 2;
    pub(super) const SEND: u8 = 3;
    pub(super) const CLOSE_SOCKET: u8 = 4;
    pub(super) const HELLO: u8 = 5;
    pub(super) const GOODBYE: u8 = 6;
    pub(super) const COUNT: u8 = 7;
    pub(super) const COUNT_REPLY: u8 = 8;
    pub(super) const PROBE: u8 = 9;
}

/// One message from one node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Envelope<'a> {
    pub(crate) node: u64,
    /// The sequence to which the number belongs. There is one so far.
    pub(crate) lane: u16,
    /// The number of the message among those of its node, from 1 on. A [`Hello`] has the highest
    /// number that its node has used. All other messages that are not part of the sequence have 0.
    pub(crate) sequence: u64,
    /// The number of the connection over which its node sends a message of the sequence, from
    /// [`FIRST`](Self::FIRST) on, which is also that of all other messages.
    pub(crate) session: u32,
    /// The topic, if the subject does not carry its name.
    pub(crate) topic: Option<&'a str>,
    pub(crate) body: Body<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Body<'a> {
    /// For the subscribers of a topic.
    Publish {
        payload: Payload<'a>,
        compress: bool,
        policy: Policy<'a>,
        /// The socket that does not get the message.
        except: Option<[u8; 16]>,
    },
    /// Closes the subscribers of a topic.
    CloseTopic {
        code: u16,
        reason: &'a str,
    },
    /// For one socket.
    Send {
        id: [u8; 16],
        payload: Payload<'a>,
        compress: bool,
    },
    CloseSocket {
        id: [u8; 16],
        code: u16,
        reason: &'a str,
    },
    Hello(Hello<'a>),
    /// The node leaves.
    Goodbye,
    /// Asks for the number of subscribers of a topic.
    Count {
        query: u64,
        topic: &'a str,
    },
    CountReply {
        query: u64,
        subscribers: u64,
    },
    /// Comes back to its sender.
    Probe {
        number: u64,
    },
}

/// A message of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payload<'a> {
    pub(crate) kind: Kind,
    /// UTF-8 if it is text.
    pub(crate) bytes: &'a [u8],
}

/// A heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hello<'a> {
    /// The versions that the node reads.
    pub(crate) versions: Versions,
    /// Whether the node has subscribed to all its topics over its present connection.
    pub(crate) ready: bool,
    /// Whether the node wants a heartbeat of all others at once.
    pub(crate) asks: bool,
    /// The application: two with the same prefix are a mistake. At most 255 bytes.
    pub(crate) application: &'a str,
    /// The node's name for people. At most 255 bytes.
    pub(crate) name: &'a str,
    /// `None` if an older release has written it.
    pub(crate) sessions: Option<Sessions<'a>>,
}

/// A range of versions of the envelope, with both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Versions {
    pub(crate) min: u8,
    pub(crate) max: u8,
}

/// Why an envelope cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Another program has written it.
    NotOurs,
    /// It is shorter than it says.
    Truncated,
    /// The checksum is wrong, or the content has no meaning.
    Corrupt,
    /// It is whole, and of a version that this node does not read.
    Version { version: u8, node: u64 },
}

/// The message does not fit into an envelope: 4 GiB in all, 255 bytes for a name of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Envelope<'_> {
    /// The number of the first connection of a node. It is not written.
    pub(crate) const FIRST: u32 = 1;
}

impl Versions {
    /// The versions that this release reads and writes.
    pub(crate) const OURS: Self = Self { min: 1, max: 1 };

    pub(crate) fn contains(self, version: u8) -> bool {
        (self.min..=self.max).contains(&version)
    }
}

/// The checksum of an envelope, which has at least a preamble.
fn checksum(envelope: &[u8]) -> u32 {
    let (before, rest) = envelope.split_at(CHECKSUM.start.min(envelope.len()));
    let after = rest.get(CHECKSUM.len()..).unwrap_or_default();
    let mut crc = crc32fast::Hasher::new();
    crc.update(before);
    crc.update(after);
    crc.finalize()
}

/// Writes the length and the checksum of an envelope that is complete otherwise.
fn seal(envelope: &mut [u8]) -> Result<(), TooLong> {
    let length = u32::try_from(envelope.len()).map_err(|_| TooLong)?;
    if let Some(place) = envelope.get_mut(LENGTH) {
        place.copy_from_slice(&length.to_be_bytes());
    }
    let sum = checksum(envelope);
    if let Some(place) = envelope.get_mut(CHECKSUM) {
        place.copy_from_slice(&sum.to_be_bytes());
    }
    Ok(())
}

/// An envelope of any content from the node on, with the right beginning. For the fuzz target: a
/// fuzzer does not find a checksum.
#[cfg(feature = "__drive")]
pub(crate) fn sealed(content: &[u8]) -> Vec<u8> {
    let beginning = [&MAGIC[..], &[Versions::OURS.max], &[0; 8]].concat();
    let mut envelope = [&beginning, content].concat();
    _ = seal(&mut envelope);
    envelope
}

#[cfg(test)]
mod tests;
