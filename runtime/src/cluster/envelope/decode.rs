//! Reading an envelope. All that is read is borrowed from the input.

use super::{
    Body, CHECKSUM, Envelope, Hello, MAGIC, PREAMBLE, Payload, Sessions, Unreadable, Versions,
    checksum, flag, kind,
};
use crate::{message::Kind, policy::Policy};

impl<'a> Envelope<'a> {
    /// Reads an envelope. What is read of it is written as the same bytes, but for what is
    /// not known of an extension.
    ///
    /// # Errors
    ///
    /// See [`Unreadable`].
    pub(crate) fn decode(bytes: &'a [u8], readable: Versions) -> Result<Self, Unreadable> {
        let magic = &MAGIC[..MAGIC.len().min(bytes.len())];
        if bytes.is_empty() || !bytes.starts_with(magic) {
            return Err(Unreadable::NotOurs);
        }
        let mut reader = Reader(bytes.get(MAGIC.len()..).unwrap_or_default());
        let preamble = reader.preamble().ok_or(Unreadable::Truncated)?;
        if preamble.length > bytes.len() {
            return Err(Unreadable::Truncated);
        }
        if preamble.length < bytes.len() || preamble.checksum != checksum(bytes) {
            return Err(Unreadable::Corrupt);
        }
        let Preamble { version, node, .. } = preamble;
        if !readable.contains(version) {
            return Err(Unreadable::Version { version, node });
        }
        reader.envelope(node).ok_or(Unreadable::Corrupt)
    }
}

/// Whether these bytes are a message of this node itself that tells it nothing. A broker may return
/// each message to its publisher: those need no further look. A probe does.
pub(crate) fn is_returned(bytes: &[u8], node: u64) -> bool {
    const KIND: usize = PREAMBLE + 1;
    bytes.starts_with(&MAGIC)
        && bytes.get(PREAMBLE - 8..PREAMBLE) == Some(&node.to_be_bytes())
        && bytes
            .get(KIND)
            .is_some_and(|it| matches!(*it, kind::PUBLISH..=kind::COUNT_REPLY))
}

/// What all versions have.
struct Preamble {
    version: u8,
    length: usize,
    checksum: u32,
    node: u64,
}

/// What of an envelope has not been read yet.
struct Reader<'a>(&'a [u8]);

/// The flags that have not been asked for yet. None may be left at the end.
struct Flags(u16);

impl<'a> Reader<'a> {
    fn preamble(&mut self) -> Option<Preamble> {
        const { assert!(MAGIC.len() + 1 + 4 == CHECKSUM.start && CHECKSUM.end + 8 == PREAMBLE) };
        Some(Preamble {
            version: self.byte()?,
            length: usize::try_from(self.u32()?).ok()?,
            checksum: self.u32()?,
            node: self.u64()?,
        })
    }

    fn envelope(&mut self, node: u64) -> Option<Envelope<'a>> {
        let extension = self.byte()?;
        let kind = self.byte()?;
        let mut flags = Flags(self.u16()?);
        let lane = self.u16()?;
        let sequence = self.u64()?;
        let extension = self.take(extension.into())?;
        let topic = flags.take(flag::TOPIC).then(|| self.long_text());
        let topic = match topic {
            Some(topic) if matches!(kind, kind::PUBLISH | kind::CLOSE_TOPIC) => Some(topic?),
            Some(_) => return None,
            None => None,
        };
        let body = self.body(kind, &mut flags, extension)?;
        let is_in_sequence = body.is_in_sequence();
        let is_numbered = sequence > 0 || !is_in_sequence;
        let session = match is_in_sequence && !extension.is_empty() {
            true => Sessions::read(extension).map_or(0, |it| it.own),
            false => 0,
        };
        (flags.0 == 0 && is_numbered).then_some(Envelope {
            node,
            lane,
            sequence,
            session: session.max(Envelope::FIRST),
            topic,
            body,
        })
    }

    fn body(&mut self, kind: u8, flags: &mut Flags, extension: &'a [u8]) -> Option<Body<'a>> {
        let body = match kind {
            kind::PUBLISH => Body::Publish {
                compress: flags.take(flag::COMPRESS),
                except: match flags.take(flag::EXCEPT) {
                    true => Some(*self.array()?),
                    false => None,
                },
                policy: match (flags.take(flag::KEY), flags.take(flag::CLOSE)) {
                    (false, false) => Policy::Drop,
                    (true, false) => Policy::Latest(self.long_text()?),
                    (false, true) => Policy::Close,
                    (true, true) => return None,
                },
                payload: self.payload(flags)?,
            },
            kind::CLOSE_TOPIC => Body::CloseTopic {
                code: self.u16()?,
                reason: self.rest_as_text()?,
            },
            kind::SEND => Body::Send {
                id: *self.array()?,
                compress: flags.take(flag::COMPRESS),
                payload: self.payload(flags)?,
            },
            kind::CLOSE_SOCKET => Body::CloseSocket {
                id: *self.array()?,
                code: self.u16()?,
                reason: self.rest_as_text()?,
            },
            kind::HELLO => Body::Hello(self.hello(flags, extension)?),
            kind::GOODBYE => Body::Goodbye,
            kind::COUNT => Body::Count {
                query: self.u64()?,
                topic: self.rest_as_text()?,
            },
            kind::COUNT_REPLY => Body::CountReply {
                query: self.u64()?,
                subscribers: self.u64()?,
            },
            kind::PROBE => Body::Probe {
                number: self.u64()?,
            },
            _ => return None,
        };
        self.0.is_empty().then_some(body)
    }

    fn payload(&mut self, flags: &mut Flags) -> Option<Payload<'a>> {
        Some(match flags.take(flag::TEXT) {
            true => Payload {
                kind: Kind::Text,
                bytes: self.rest_as_text()?.as_bytes(),
            },
            false => Payload {
                kind: Kind::Binary,
                bytes: self.rest(),
            },
        })
    }

    fn hello(&mut self, flags: &mut Flags, extension: &'a [u8]) -> Option<Hello<'a>> {
        let versions = Versions {
            min: self.byte()?,
            max: self.byte()?,
        };
        let hello = Hello {
            versions,
            ready: flags.take(flag::READY),
            asks: flags.take(flag::ASKS),
            application: self.short_text()?,
            name: self.short_text()?,
            sessions: Sessions::read(extension),
        };
        (versions.min <= versions.max).then_some(hello)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(array)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| *byte)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(|bytes| u16::from_be_bytes(*bytes))
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(|bytes| u32::from_be_bytes(*bytes))
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(|bytes| u64::from_be_bytes(*bytes))
    }

    fn short_text(&mut self) -> Option<&'a str> {
        let length = self.byte()?;
        str::from_utf8(self.take(length.into())?).ok()
    }

    fn long_text(&mut self) -> Option<&'a str> {
        let length = self.u32()?;
        str::from_utf8(self.take(length.try_into().ok()?)?).ok()
    }

    fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    fn rest_as_text(&mut self) -> Option<&'a str> {
        str::from_utf8(self.rest()).ok()
    }
}

impl Flags {
    fn take(&mut self, flag: u16) -> bool {
        let is_set = self.0 & flag != 0;
        self.0 &= !flag;
        is_set
    }
}

impl Body<'_> {
    /// Whether the message has a number of its own in the sequence of its node.
    pub(crate) fn is_in_sequence(&self) -> bool {
        match self {
            Self::Publish { .. }
            | Self::CloseTopic { .. }
            | Self::Send { .. }
            | Self::CloseSocket { .. } => true,
            Self::Hello(_)
            | Self::Goodbye
            | Self::Count { .. }
            | Self::CountReply { .. }
            | Self::Probe { .. } => false,
        }
    }
}
