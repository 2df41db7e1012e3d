//! The trait that a driver of a broker implements. The engine knows a broker only by it.
//!
//! A driver connects, and gives three parts of one connection: one that publishes, one that changes
//! subscriptions, and one that receives. The engine uses all three at the same time, on one thread,
//! so their futures need not be `Send`. A driver never connects again by itself, and keeps nothing
//! of an earlier connection: the engine does both, because only the engine knows which messages
//! are not acknowledged and which topics are wanted.

use std::{cell::Cell, fmt, rc::Rc};

use bytes::Bytes;

use super::subject::Style;
use crate::log::Quoted;

/// A broker, and how it is reached. It is moved to the thread `levante-broker`.
pub(crate) trait Driver: Send + 'static {
    type Publisher: Publisher;
    type Subscriber: Subscriber;
    type Inbound: Inbound;

    /// The address of the broker, without a password. It is for errors, states and logs.
    fn url(&self) -> String;

    /// How the broker writes a subject.
    fn style(&self) -> Style;

    /// Whether a message comes back to the connection that has published it, if that connection
    /// subscribes to the subject. If so, the engine probes the whole way there and back.
    fn echoes(&self) -> bool;

    /// Makes a connection, and checks that the other side speaks the protocol of the broker.
    /// `client` is the name that the broker shows for it.
    ///
    /// The engine puts a deadline on the future, and drops it when that is over.
    async fn connect(
        &mut self,
        client: &str,
    ) -> Result<Connection<Self::Publisher, Self::Subscriber, Self::Inbound>, BrokerError>;
}

/// The parts of one connection.
#[derive(Debug)]
pub(crate) struct Connection<P, S, I> {
    pub(crate) publisher: P,
    pub(crate) subscriber: S,
    pub(crate) inbound: I,
}

/// The part of a connection that publishes.
pub(crate) trait Publisher: 'static {
    /// Publishes a batch in its order, and waits until the broker has answered for each message.
    ///
    /// `Ok` lists the messages that the broker has refused; it has acknowledged all others. After an
    /// error nothing is known of any of them, and the engine ends the session. The engine puts a
    /// deadline on the future, and drops the connection when that is over.
    async fn publish(&mut self, batch: &[Post<'_>]) -> Result<Vec<Refusal>, BrokerError>;

    /// The largest payload that the broker takes, in bytes. The engine sends no larger one.
    fn max_payload(&self) -> usize;

    /// Ends the connection politely. The engine puts a deadline on it.
    async fn close(self);
}

/// The part of a connection that changes its subscriptions.
pub(crate) trait Subscriber: 'static {
    /// Subscribes to at most 1,000 subjects of some 16 KiB in all, or a single longer one. `Ok` if the
    /// broker has confirmed all. An error ends the session.
    async fn subscribe(&mut self, subjects: &[Box<str>]) -> Result<(), BrokerError>;

    /// Ends subscriptions. Batches are as large as those of [`Self::subscribe`].
    async fn unsubscribe(&mut self, subjects: &[Box<str>]) -> Result<(), BrokerError>;
}

/// The part of a connection that receives.
pub(crate) trait Inbound: 'static {
    /// The next message. `None` if the connection has ended and all of it is read.
    ///
    /// The engine polls it all the time, also while the other parts wait: their answers may be read
    /// here. It goes on after another part has failed, so that no message that has arrived is thrown
    /// away. The future may be dropped without a loss.
    async fn next(&mut self) -> Option<Result<Received, BrokerError>>;

    /// A number that rises with each read, also while [`Self::next`] waits: a large message takes long
    /// over a slow network, and the connection is not dead meanwhile.
    fn reads(&self) -> Reads {
        Reads::default()
    }
}

/// The number of reads of a connection. A clone counts the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reads(Rc<Cell<u64>>);

impl Reads {
    #[cfg_attr(
        not(any(feature = "redis", feature = "nats")),
        allow(dead_code, reason = "the broker in memory delivers whole messages")
    )]
    pub(crate) fn add(&self) {
        self.0.set(self.0.get().wrapping_add(1));
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.get()
    }
}

/// A message to publish.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Post<'a> {
    /// The channel of Redis, or the subject of NATS.
    pub(crate) subject: &'a str,
    pub(crate) payload: &'a [u8],
}

/// A message that has been received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) subject: Bytes,
    pub(crate) payload: Bytes,
}

/// A message of a batch that the broker has refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The position in the batch.
    pub(crate) index: usize,
    pub(crate) error: BrokerError,
}

/// What went wrong with a broker.
///
/// Its text is one line, in lower case, and has no password. It may have words of the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokerError {
    kind: Kind,
    text: Box<str>,
}

#[allow(
    dead_code,
    reason = "some are only for brokers outside of this process"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// No connection can be made: the name is not found, the port is closed.
    Unreachable,
    /// The broker answers, and refuses: the password, a permission, a limit. The text names the
    /// setting.
    Refused,
    /// The other side does not speak the protocol.
    Protocol,
    /// A connection has ended.
    Broken,
    /// There was no answer within the deadline.
    TimedOut,
}

/// The most characters of a text. The rest is cut.
const MAX_CHARS: usize = 200;

impl BrokerError {
    /// An error with a text. Line breaks and what else could forge a log line are escaped, and a long
    /// text is cut.
    pub(crate) fn new(kind: Kind, text: impl AsRef<str>) -> Self {
        let text = text.as_ref().trim();
        let is_plain = text.len() <= MAX_CHARS && text.bytes().all(|b| (b' '..=b'~').contains(&b));
        let text = match is_plain {
            true => text.into(),
            false => Quoted(text).to_string().into(),
        };
        Self { kind, text }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_error_is_one_short_line() {
        let text = |text: &str| BrokerError::new(Kind::Broken, text).to_string();
        assert_eq!(text(" it's closed\r\n"), "it's closed");
        assert_eq!(text("a\nb"), r#""a\nb""#);
        assert_eq!(text("größe"), "\"größe\"");
        assert_eq!(text(&"a".repeat(200)), "a".repeat(200));
        let long = format!("\"{}\"… (201 bytes)", "a".repeat(200));
        assert_eq!(text(&"a".repeat(201)), long);
    }
}
