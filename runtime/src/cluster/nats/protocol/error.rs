use std::fmt;

/// The other side does not speak the protocol of NATS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// A line is longer than `MAX_LINE`.
    LongLine,
    /// A line begins with an unknown word, or does not end with CR LF.
    UnknownLine,
    /// The text after `INFO` is not the JSON of a server.
    Info,
    /// The words after `MSG` or `HMSG` are wrong.
    Message,
    /// A payload is longer than `MAX_PAYLOAD`.
    LongPayload,
    /// A payload does not end where its length says.
    PayloadEnd,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LongLine => "a line is too long for NATS",
            Self::UnknownLine => "a line is not of the protocol of NATS",
            Self::Info => "the INFO of the server cannot be read",
            Self::Message => "a MSG of the server cannot be read",
            Self::LongPayload => "a message is longer than NATS allows",
            Self::PayloadEnd => "a message does not end where its length says",
        })
    }
}
