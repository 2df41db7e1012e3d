use std::fmt;

use super::{UrlError, error};
use crate::cluster::address::decoded;

/// The login of an address.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::cluster::nats) enum Login {
    None,
    Token(Box<str>),
    User { name: Box<str>, password: Box<str> },
}

impl Login {
    /// Parses `user:password`, or a token, which has no colon.
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let part = |text: &str| {
            decoded(text).ok_or_else(|| error("a `%` in a login is not followed by two hex digits"))
        };
        Ok(match text.split_once(':') {
            _ if text.is_empty() => Self::None,
            Some((name, password)) => Self::User {
                name: part(name)?,
                password: part(password)?,
            },
            None => Self::Token(part(text)?),
        })
    }
}

/// Without the password or the token.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Token(_) => f.write_str("Token"),
            Self::User { name, .. } => f
                .debug_struct("User")
                .field("name", name)
                .finish_non_exhaustive(),
        }
    }
}
