//! Writing an envelope.

use super::{Body, Envelope, Hello, MAGIC, PREAMBLE, Payload, Sessions, TooLong, flag, kind, seal};
use crate::{message::Kind, policy::Policy};

/// The bytes of an envelope without a topic, an exception, a key and a body.
const FIXED: usize = PREAMBLE + 14;

impl Envelope<'_> {
    /// Appends the envelope in this version. All versions so far have the same layout.
    ///
    /// # Errors
    ///
    /// [`TooLong`] if the message does not fit. Then nothing is appended.
    pub(crate) fn encode(&self, version: u8, into: &mut Vec<u8>) -> Result<(), TooLong> {
        let start = into.len();
        let result = self.append(version, into);
        if result.is_err() {
            into.truncate(start);
        }
        result
    }

    fn append(&self, version: u8, into: &mut Vec<u8>) -> Result<(), TooLong> {
        let start = into.len();
        into.reserve(FIXED + self.payload_len());
        into.extend_from_slice(&MAGIC);
        into.push(version);
        // The length and the checksum, which are known at the end.
        into.extend_from_slice(&[0; 8]);
        into.extend_from_slice(&self.node.to_be_bytes());
        let sessions = self.sessions();
        into.push(sessions.as_ref().map_or(Ok(0), Sessions::field_len)?);
        let (kind, flags) = self.body.kind_and_flags();
        let topic = if self.topic.is_some() { flag::TOPIC } else { 0 };
        into.push(kind);
        into.extend_from_slice(&(flags | topic).to_be_bytes());
        into.extend_from_slice(&self.lane.to_be_bytes());
        into.extend_from_slice(&self.sequence.to_be_bytes());
        if let Some(sessions) = sessions {
            sessions.append(into)?;
        }
        if let Some(topic) = self.topic {
            append_long(topic, into)?;
        }
        self.body.append(into)?;
        seal(&mut into[start..])
    }

    /// The extension.
    fn sessions(&self) -> Option<Sessions<'_>> {
        match self.body {
            Body::Hello(Hello { sessions, .. }) => sessions,
            _ => (self.session > Self::FIRST).then_some(Sessions::only(self.session)),
        }
    }

    /// The number of bytes that have no bound.
    fn payload_len(&self) -> usize {
        let payload = match self.body {
            Body::Publish { payload, .. } | Body::Send { payload, .. } => payload.bytes.len(),
            _ => 0,
        };
        // 64 bytes hold what most other bodies have.
        self.topic.map_or(0, str::len) + payload + 64
    }
}

impl Body<'_> {
    fn kind_and_flags(&self) -> (u8, u16) {
        let compressed = |compress| if compress { flag::COMPRESS } else { 0 };
        match self {
            Self::Publish {
                payload,
                compress,
                policy,
                except,
            } => {
                let policy = match policy {
                    Policy::Drop => 0,
                    Policy::Latest(_) => flag::KEY,
                    Policy::Close => flag::CLOSE,
                };
                let except = if except.is_some() { flag::EXCEPT } else { 0 };
                let flags = payload.flag() | compressed(*compress) | policy | except;
                (kind::PUBLISH, flags)
            }
            Self::CloseTopic { .. } => (kind::CLOSE_TOPIC, 0),
            Self::Send {
                payload, compress, ..
            } => (kind::SEND, payload.flag() | compressed(*compress)),
            Self::CloseSocket { .. } => (kind::CLOSE_SOCKET, 0),
            Self::Hello(hello) => (kind::HELLO, hello.flags()),
            Self::Goodbye => (kind::GOODBYE, 0),
            Self::Count { .. } => (kind::COUNT, 0),
            Self::CountReply { .. } => (kind::COUNT_REPLY, 0),
            Self::Probe { .. } => (kind::PROBE, 0),
        }
    }

    fn append(&self, into: &mut Vec<u8>) -> Result<(), TooLong> {
        match self {
            Self::Publish {
                payload,
                policy,
                except,
                ..
            } => {
                into.extend_from_slice(except.as_ref().map_or(&[], <[u8; 16]>::as_slice));
                if let Policy::Latest(key) = policy {
                    append_long(key, into)?;
                }
                into.extend_from_slice(payload.bytes);
            }
            Self::CloseTopic { code, reason } => {
                into.extend_from_slice(&code.to_be_bytes());
                into.extend_from_slice(reason.as_bytes());
            }
            Self::Send { id, payload, .. } => {
                into.extend_from_slice(id);
                into.extend_from_slice(payload.bytes);
            }
            Self::CloseSocket { id, code, reason } => {
                into.extend_from_slice(id);
                into.extend_from_slice(&code.to_be_bytes());
                into.extend_from_slice(reason.as_bytes());
            }
            Self::Hello(hello) => hello.append(into)?,
            Self::Goodbye => {}
            Self::Count { query, topic } => {
                into.extend_from_slice(&query.to_be_bytes());
                into.extend_from_slice(topic.as_bytes());
            }
            Self::CountReply { query, subscribers } => {
                into.extend_from_slice(&query.to_be_bytes());
                into.extend_from_slice(&subscribers.to_be_bytes());
            }
            Self::Probe { number } => into.extend_from_slice(&number.to_be_bytes()),
        }
        Ok(())
    }
}

impl Payload<'_> {
    fn flag(&self) -> u16 {
        match self.kind {
            Kind::Text => flag::TEXT,
            Kind::Binary => 0,
        }
    }
}

impl Hello<'_> {
    fn flags(&self) -> u16 {
        let ready = if self.ready { flag::READY } else { 0 };
        let asks = if self.asks { flag::ASKS } else { 0 };
        ready | asks
    }

    fn append(&self, into: &mut Vec<u8>) -> Result<(), TooLong> {
        into.extend([self.versions.min, self.versions.max]);
        for text in [self.application, self.name] {
            into.push(u8::try_from(text.len()).map_err(|_| TooLong)?);
            into.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}

/// Appends a text with its length.
fn append_long(text: &str, into: &mut Vec<u8>) -> Result<(), TooLong> {
    let length = u32::try_from(text.len()).map_err(|_| TooLong)?;
    into.extend_from_slice(&length.to_be_bytes());
    into.extend_from_slice(text.as_bytes());
    Ok(())
}
