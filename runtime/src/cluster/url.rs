//! The error for an address of a broker that cannot be used.

use std::{error, fmt};

/// The address of a broker cannot be used: it does not parse, or its scheme is unknown.
///
/// Its text says what is wrong, and never has the user name or the password of the address.
///
/// ```
/// use levante::cluster::UrlError;
///
/// fn explain(error: &UrlError) -> String {
///     format!("REDIS_URL: {error}")
/// }
/// # let _ = explain;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrlError {
    text: Box<str>,
}

impl UrlError {
    /// `text` is in lower case, without a final dot. It must not have the user name or the password
    /// of the address.
    #[cfg_attr(
        not(any(feature = "redis", feature = "nats")),
        allow(dead_code, reason = "only brokers have an address")
    )]
    pub(crate) fn new(text: impl Into<Box<str>>) -> Self {
        Self { text: text.into() }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl error::Error for UrlError {}
