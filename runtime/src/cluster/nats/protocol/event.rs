use bytes::Bytes;

use super::Info;

/// A command of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The first line of a server. It comes again when something in it has changed.
    Info(Box<Info>),
    Message(Message),
    /// The server wants a `PONG`.
    Ping,
    Pong,
    /// Only a server in verbose mode sends it.
    Ok,
    /// The text of a `-ERR`, without its quotes.
    Error(Box<str>),
}

/// A message on a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) subject: Bytes,
    /// Without headers, which levante neither sends nor reads.
    pub(crate) payload: Bytes,
}
