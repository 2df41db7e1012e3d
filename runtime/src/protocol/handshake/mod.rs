//! The opening handshake, independent of any HTTP library (section 4.2).

mod extensions;
mod permessage_deflate;
mod protocols;
mod rejection;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::{Digest as _, Sha1};

use self::extensions::offered_extensions;
pub(crate) use self::{
    permessage_deflate::{Agreement, Wishes, negotiate},
    protocols::{choose_protocol, offered_protocols},
    rejection::Rejection,
};

/// The version of the protocol. `Sec-WebSocket-Version` must have this value (section 4.1), and the
/// response names it to a client of another version (section 4.4).
pub(crate) const VERSION: &str = "13";

/// The constant that is hashed together with the key (section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The headers of a request.
pub(crate) trait HeaderLookup {
    /// The values of the header `name`, one for each of its lines. `name` is in lower case.
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]>;
}

/// A request that may be upgraded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    accept: String,
}

impl Accepted {
    /// The value of `Sec-WebSocket-Accept` in the response (section 4.2.2).
    pub(crate) fn accept(&self) -> &str {
        &self.accept
    }
}

/// Checks the request of a client against section 4.2.1.
///
/// # Errors
///
/// The first rule that the request breaks, as a [`Rejection`] with the status of the response.
pub(crate) fn validate(
    method: &str,
    http_11_or_later: bool,
    headers: &impl HeaderLookup,
) -> Result<Accepted, Rejection> {
    if !has_token(headers, "upgrade", "websocket") {
        return Err(Rejection::NotWebSocket);
    }
    if method != "GET" {
        return Err(Rejection::Method);
    }
    if !http_11_or_later {
        return Err(Rejection::HttpVersion);
    }
    if !has_token(headers, "connection", "upgrade") {
        return Err(Rejection::Connection);
    }
    if has_body(headers) {
        return Err(Rejection::Body);
    }
    check_version(headers)?;
    let key = find_key(headers)?;
    if headers.values("origin").nth(1).is_some() {
        return Err(Rejection::OriginRepeated);
    }
    offered_extensions(headers)?;
    Ok(Accepted { accept: hash(key) })
}

/// Whether a header, as a list of tokens, contains `token`, in any case and on any line.
fn has_token(headers: &impl HeaderLookup, name: &'static str, token: &str) -> bool {
    headers
        .values(name)
        .flat_map(list_items)
        .any(|item| item.eq_ignore_ascii_case(token.as_bytes()))
}

/// Whether the request announces a body (RFC 9112 section 6.3). Frames follow a handshake. One
/// side must not read them as a body while the other side reads them as frames.
fn has_body(headers: &impl HeaderLookup) -> bool {
    let is_zero = |length: &[u8]| {
        let digits = length.trim_ascii();
        !digits.is_empty() && digits.iter().all(|digit| *digit == b'0')
    };
    headers.values("transfer-encoding").next().is_some()
        || !headers.values("content-length").all(is_zero)
}

/// The items of a comma-separated list (RFC 9110 section 5.6.1).
fn list_items(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// Whether this byte may be part of a token (RFC 9110 section 5.6.2).
fn is_token_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

fn check_version(headers: &impl HeaderLookup) -> Result<(), Rejection> {
    let mut versions = headers.values("sec-websocket-version");
    match (versions.next(), versions.next()) {
        (None, _) => Err(Rejection::VersionMissing),
        (Some(version), None) if version.trim_ascii() == VERSION.as_bytes() => Ok(()),
        (Some(_), _) => Err(Rejection::VersionUnsupported),
    }
}

fn find_key(headers: &impl HeaderLookup) -> Result<&[u8], Rejection> {
    let mut keys = headers.values("sec-websocket-key").map(<[u8]>::trim_ascii);
    match (keys.next(), keys.next()) {
        (None, _) => Err(Rejection::KeyMissing),
        (Some(_), Some(_)) => Err(Rejection::KeyRepeated),
        (Some(key), None) if is_key(key) => Ok(key),
        (Some(_), None) => Err(Rejection::KeyInvalid),
    }
}

/// Whether this looks like 16 bytes in base64. The bytes themselves are not needed, so they are not
/// decoded. So unused bits in the last digit are not checked; other servers accept such a key, too.
fn is_key(key: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.len() == 24
        && key
            .strip_suffix(b"==")
            .is_some_and(|digits| digits.iter().all(is_digit))
}

fn hash(key: &[u8]) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

#[cfg(test)]
mod tests;
