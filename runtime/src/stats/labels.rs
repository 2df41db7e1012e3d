//! The kinds into which refusals, ends and failures are counted. Each has a short, fixed name.

use std::fmt;

/// Why a handshake was refused.
///
/// As text it is a short name, for example `origins`.
///
/// ```
/// use levante::{RefusedBy, Server};
///
/// let stats = Server::global().stats();
/// let refused = stats.total.refused.get(&RefusedBy::Origins).copied().unwrap_or(0);
/// println!("{} {refused}", RefusedBy::Origins);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RefusedBy {
    /// The request breaks a rule of RFC 6455. Answered with 400, 405 or 426.
    Protocol,
    /// The setting `hosts` does not have the host. Answered with 421.
    Hosts,
    /// The setting `origins` does not have the origin. Answered with 403.
    Origins,
    /// `attach` or an extractor returned an error with a status of the class 4xx.
    AttachClient,
    /// `attach` or an extractor returned an error with a status of the class 5xx.
    AttachServer,
    /// `attach` or an extractor returned an error with any other status, such as a redirect.
    AttachOther,
    /// `attach` or an extractor panicked. Answered with 500.
    AttachPanic,
    /// `attach` took longer than `handshake_timeout`. Answered with 503.
    HandshakeTimeout,
    /// The server has as many connections as it may. Answered with 503.
    MaxConnections,
    /// The server or the space stops. Answered with 503.
    Shutdown,
    /// The operating system had no random bytes. Answered with 500.
    Internal,
}

/// How a handler failed, as in [`HandlerError`](crate::HandlerError).
///
/// As text it is a short name, for example `panic`.
///
/// ```
/// use levante::{FailedBy, HandlerKind, Server};
///
/// let stats = Server::global().stats();
/// let panics = stats.total.failures.get(&(HandlerKind::Message, FailedBy::Panic));
/// println!("{} panics", panics.copied().unwrap_or(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FailedBy {
    /// It returned an error.
    Error,
    /// It panicked.
    Panic,
    /// A message could not be turned into the payload of the `message` handler.
    Payload,
    /// It took longer than `handler_timeout`.
    Timeout,
}

/// A close code, or the range of a code that others have chosen.
///
/// A peer may send any code from 3000 to 4999. They are counted by their range, so that a peer
/// cannot make an operator keep two thousand counters.
///
/// As text it is the code, `3xxx`, `4xxx` or `other`.
///
/// ```
/// use levante::CodeClass;
///
/// assert_eq!(CodeClass::from(1001).to_string(), "1001");
/// assert_eq!(CodeClass::from(4042).to_string(), "4xxx");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CodeClass {
    /// A code of RFC 6455, from 1000 to 1015.
    Code(u16),
    /// 3000 to 3999: registered by libraries and frameworks.
    Registered,
    /// 4000 to 4999: the application's own.
    Application,
    /// Any other code. Such a code is never sent.
    Other,
}

/// The codes of [`CodeClass::Code`].
const FIRST_CODE: u16 = 1000;
const LAST_CODE: u16 = 1015;

impl RefusedBy {
    pub(super) const ALL: [Self; 11] = [
        Self::Protocol,
        Self::Hosts,
        Self::Origins,
        Self::AttachClient,
        Self::AttachServer,
        Self::AttachOther,
        Self::AttachPanic,
        Self::HandshakeTimeout,
        Self::MaxConnections,
        Self::Shutdown,
        Self::Internal,
    ];

    /// The refusal of `attach` with this status.
    pub(crate) fn attach(status: u16) -> Self {
        match status {
            400..=499 => Self::AttachClient,
            500..=599 => Self::AttachServer,
            _ => Self::AttachOther,
        }
    }
}

impl fmt::Display for RefusedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protocol => "protocol",
            Self::Hosts => "hosts",
            Self::Origins => "origins",
            Self::AttachClient => "attach_4xx",
            Self::AttachServer => "attach_5xx",
            Self::AttachOther => "attach_other",
            Self::AttachPanic => "attach_panic",
            Self::HandshakeTimeout => "handshake_timeout",
            Self::MaxConnections => "max_connections",
            Self::Shutdown => "shutdown",
            Self::Internal => "internal",
        })
    }
}

impl FailedBy {
    pub(super) const ALL: [Self; 4] = [Self::Error, Self::Panic, Self::Payload, Self::Timeout];
}

impl fmt::Display for FailedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Panic => "panic",
            Self::Payload => "payload",
            Self::Timeout => "timeout",
        })
    }
}

impl CodeClass {
    /// The number of classes.
    pub(super) const COUNT: usize = (LAST_CODE - FIRST_CODE) as usize + 4;

    pub(super) fn all() -> impl Iterator<Item = Self> {
        let codes = (FIRST_CODE..=LAST_CODE).map(Self::Code);
        codes.chain([Self::Registered, Self::Application, Self::Other])
    }

    /// The place of the class in [`Self::all`].
    pub(super) fn index(self) -> usize {
        match self {
            Self::Code(code @ FIRST_CODE..=LAST_CODE) => usize::from(code - FIRST_CODE),
            Self::Registered => Self::COUNT - 3,
            Self::Application => Self::COUNT - 2,
            Self::Code(_) | Self::Other => Self::COUNT - 1,
        }
    }
}

impl From<u16> for CodeClass {
    fn from(code: u16) -> Self {
        match code {
            FIRST_CODE..=LAST_CODE => Self::Code(code),
            3000..=3999 => Self::Registered,
            4000..=4999 => Self::Application,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for CodeClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => code.fmt(f),
            Self::Registered => f.write_str("3xxx"),
            Self::Application => f.write_str("4xxx"),
            Self::Other => f.write_str("other"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_one_class_and_every_class_one_place() {
        for (code, name) in [
            (0, "other"),
            (999, "other"),
            (1000, "1000"),
            (1015, "1015"),
            (1016, "other"),
            (2999, "other"),
            (3000, "3xxx"),
            (3999, "3xxx"),
            (4000, "4xxx"),
            (4999, "4xxx"),
            (5000, "other"),
        ] {
            assert_eq!(CodeClass::from(code).to_string(), name, "{code}");
        }
        let places: Vec<_> = CodeClass::all().map(CodeClass::index).collect();
        assert_eq!(places, (0..CodeClass::COUNT).collect::<Vec<_>>());
        let all: BTreeSet<_> = CodeClass::all().collect();
        for code in 0..=u16::MAX {
            assert!(all.contains(&code.into()), "{code}");
        }
        // A caller may make such a value.
        assert_eq!(CodeClass::Code(7).index(), CodeClass::Other.index());
    }

    #[test]
    fn the_place_of_a_kind_is_its_number_and_its_name_is_unique() {
        for (place, by) in RefusedBy::ALL.into_iter().enumerate() {
            assert_eq!(by as usize, place);
        }
        for (place, by) in FailedBy::ALL.into_iter().enumerate() {
            assert_eq!(by as usize, place);
        }
        let names: BTreeSet<_> = RefusedBy::ALL.map(|by| by.to_string()).into();
        assert_eq!(names.len(), RefusedBy::ALL.len());
        let names: BTreeSet<_> = FailedBy::ALL.map(|by| by.to_string()).into();
        assert_eq!(names.len(), FailedBy::ALL.len());
    }

    #[test]
    fn an_error_of_attach_is_counted_by_the_class_of_its_status() {
        for (status, by) in [
            (302, RefusedBy::AttachOther),
            (399, RefusedBy::AttachOther),
            (400, RefusedBy::AttachClient),
            (499, RefusedBy::AttachClient),
            (500, RefusedBy::AttachServer),
            (599, RefusedBy::AttachServer),
            (600, RefusedBy::AttachOther),
        ] {
            assert_eq!(RefusedBy::attach(status), by, "{status}");
        }
    }
}
