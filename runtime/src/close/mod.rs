//! How a connection ends: the code and reason of a Close frame, and the cause.

#[cfg(feature = "actix-ws")]
mod actix_ws;

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use bytestring::ByteString;

/// The status code of a Close frame
/// ([RFC 6455 section 7.4](https://www.rfc-editor.org/rfc/rfc6455#section-7.4)).
///
/// Codes are compared, ordered and hashed by their numbers, also with a `u16`:
///
/// ```
/// use levante::CloseCode;
///
/// assert_eq!(u16::from(CloseCode::GoingAway), 1001);
/// assert!(CloseCode::GoingAway == 1001);
/// assert!(CloseCode::GoingAway == CloseCode::Other(1001));
/// assert!(CloseCode::from(4001) == CloseCode::Other(4001));
/// assert!(CloseCode::Policy < CloseCode::Other(4000));
/// ```
///
/// A `match` compares names instead: the pattern `CloseCode::Other(1001)` never matches the
/// code 1001 of levante, which is `CloseCode::GoingAway`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CloseCode {
    /// 1000: the connection has served its purpose.
    Normal,
    /// 1001: the server stops, or the browser navigates away from the page.
    GoingAway,
    /// 1002: the other side broke the protocol.
    Protocol,
    /// 1003: this endpoint does not accept this kind of message.
    Unsupported,
    /// 1005: the Close frame had no code. This code is never sent.
    NoStatus,
    /// 1006: the connection ended without a Close frame. This code is never sent.
    Abnormal,
    /// 1007: the content of a message does not fit its kind, such as text that is not UTF-8.
    Invalid,
    /// 1008: a message breaks a rule of this endpoint.
    Policy,
    /// 1009: a message is too big.
    TooBig,
    /// 1010: the client needs an extension that the server did not accept.
    Extension,
    /// 1011: an unexpected condition prevents the server from serving this connection.
    Internal,
    /// 1012: the server restarts.
    Restart,
    /// 1013: the server is overloaded; try again later.
    TryAgain,
    /// 1014: the server is a gateway and got an invalid response from upstream.
    BadGateway,
    /// 1015: the TLS handshake failed. This code is never sent.
    Tls,
    /// Any other code. 3000 to 3999 are registered by libraries, 4000 to 4999 are the
    /// application's own.
    Other(u16),
}

impl From<u16> for CloseCode {
    fn from(code: u16) -> Self {
        match code {
            1000 => Self::Normal,
            1001 => Self::GoingAway,
            1002 => Self::Protocol,
            1003 => Self::Unsupported,
            1005 => Self::NoStatus,
            1006 => Self::Abnormal,
            1007 => Self::Invalid,
            1008 => Self::Policy,
            1009 => Self::TooBig,
            1010 => Self::Extension,
            1011 => Self::Internal,
            1012 => Self::Restart,
            1013 => Self::TryAgain,
            1014 => Self::BadGateway,
            1015 => Self::Tls,
            other => Self::Other(other),
        }
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        match code {
            CloseCode::Normal => 1000,
            CloseCode::GoingAway => 1001,
            CloseCode::Protocol => 1002,
            CloseCode::Unsupported => 1003,
            CloseCode::NoStatus => 1005,
            CloseCode::Abnormal => 1006,
            CloseCode::Invalid => 1007,
            CloseCode::Policy => 1008,
            CloseCode::TooBig => 1009,
            CloseCode::Extension => 1010,
            CloseCode::Internal => 1011,
            CloseCode::Restart => 1012,
            CloseCode::TryAgain => 1013,
            CloseCode::BadGateway => 1014,
            CloseCode::Tls => 1015,
            CloseCode::Other(other) => other,
        }
    }
}

/// Compares the numbers: `CloseCode::Other(1001)` is `CloseCode::GoingAway`.
impl PartialEq for CloseCode {
    fn eq(&self, other: &Self) -> bool {
        u16::from(*self) == u16::from(*other)
    }
}

impl Eq for CloseCode {}

impl PartialEq<u16> for CloseCode {
    fn eq(&self, other: &u16) -> bool {
        u16::from(*self) == *other
    }
}

impl PartialEq<CloseCode> for u16 {
    fn eq(&self, other: &CloseCode) -> bool {
        *self == u16::from(*other)
    }
}

/// Compares the numbers.
impl Ord for CloseCode {
    fn cmp(&self, other: &Self) -> Ordering {
        u16::from(*self).cmp(&u16::from(*other))
    }
}

impl PartialOrd for CloseCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for CloseCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        u16::from(*self).hash(state);
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        u16::from(*self).fmt(f)
    }
}

/// What ended a connection.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/chat")]
/// mod chat {
///     use levante::prelude::*;
///
///     fn close(_ws: &Ws, reason: CloseReason) {
///         match reason.by {
///             ClosedBy::Peer => println!("left with {}", reason.code),
///             ClosedBy::Lost | ClosedBy::IdleTimeout => println!("lost"),
///             by => println!("closed by the server: {by:?}"),
///         }
///     }
/// }
/// # fn main() { let _ = chat::service(); }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ClosedBy {
    /// The peer sent a Close frame.
    Peer,
    /// The server called [`Socket::close`](crate::Socket::close),
    /// [`close_with`](crate::Socket::close_with), [`terminate`](crate::Socket::terminate) or
    /// [`Server::close_topic`](crate::Server::close_topic).
    Server,
    /// The connection was reset, or ended without a Close frame.
    Lost,
    /// Nothing arrived for `idle_timeout`.
    IdleTimeout,
    /// The connection was as old as `max_lifetime`, or the time of
    /// [`Socket::expires_in`](crate::Socket::expires_in) or
    /// [`Attached::expires_in`](crate::Attached::expires_in) was over. In the second case the reason is
    /// `expired`.
    Lifetime,
    /// The peer broke the protocol, or sent a message that is too big or in too many frames.
    Protocol,
    /// A handler returned an error, panicked or took too long, or its payload did not parse.
    Handler,
    /// The peer did not read, and `close_on_backpressure_limit` is set, or the answer to a call of an
    /// `#[on]` function did not fit into the queue.
    SlowConsumer,
    /// The peer sent more than `max_message_rate` allows.
    RateLimit,
    /// The server stops.
    Shutdown,
}

impl ClosedBy {
    /// Every cause, in the order of the declaration.
    pub(crate) const ALL: [Self; 10] = [
        Self::Peer,
        Self::Server,
        Self::Lost,
        Self::IdleTimeout,
        Self::Lifetime,
        Self::Protocol,
        Self::Handler,
        Self::SlowConsumer,
        Self::RateLimit,
        Self::Shutdown,
    ];
}

/// A short name, for example `idle_timeout`.
impl fmt::Display for ClosedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A new cause also belongs into `ALL`.
        f.write_str(match self {
            Self::Peer => "peer",
            Self::Server => "server",
            Self::Lost => "lost",
            Self::IdleTimeout => "idle_timeout",
            Self::Lifetime => "lifetime",
            Self::Protocol => "protocol",
            Self::Handler => "handler",
            Self::SlowConsumer => "slow_consumer",
            Self::RateLimit => "rate_limit",
            Self::Shutdown => "shutdown",
        })
    }
}

/// Why a connection ended: the argument of the `close` handler.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/ws")]
/// mod socket {
///     use levante::prelude::*;
///
///     fn close(_ws: &Ws, reason: CloseReason) {
///         if reason.by == ClosedBy::Lost {
///             println!("vanished ({})", reason.code);
///         }
///     }
/// }
/// # fn main() { let _ = socket::service(); }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseReason {
    /// The code that was received or sent: [`CloseCode::NoStatus`] if the Close frame had none,
    /// [`CloseCode::Abnormal`] if there was no Close frame.
    pub code: CloseCode,
    /// The reason in the Close frame, often empty.
    pub reason: ByteString,
    /// What ended the connection.
    pub by: ClosedBy,
}

impl CloseReason {
    pub(crate) fn new(code: CloseCode, reason: impl Into<ByteString>, by: ClosedBy) -> Self {
        Self {
            code,
            reason: reason.into(),
            by,
        }
    }

    pub(crate) fn lost() -> Self {
        Self::new(CloseCode::Abnormal, ByteString::new(), ClosedBy::Lost)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    use super::*;

    #[test]
    fn the_place_of_a_cause_is_its_number() {
        for (place, by) in ClosedBy::ALL.into_iter().enumerate() {
            assert_eq!(by as usize, place, "{by}");
        }
    }

    #[test]
    fn every_code_survives_the_way_through_its_name() {
        for code in 0..=u16::MAX {
            assert_eq!(u16::from(CloseCode::from(code)), code);
        }
    }

    #[test]
    fn a_code_is_its_number_whatever_its_name() {
        let hash = |code: CloseCode| BuildHasherDefault::<DefaultHasher>::default().hash_one(code);

        for number in 999..=1016 {
            let (named, numbered) = (CloseCode::from(number), CloseCode::Other(number));
            assert_eq!(named, numbered);
            assert_eq!(named.cmp(&numbered), Ordering::Equal);
            assert_eq!(hash(named), hash(numbered));
            assert_eq!(named, number);
            assert_eq!(number, named);

            let next = CloseCode::from(number + 1);
            assert_ne!(named, next);
            assert_ne!(named, number + 1);
            assert_ne!(number + 1, named);
            assert!(named < next);
            assert!(CloseCode::Other(number) < next);
        }
    }
}
