//! Any name as one token of a NATS subject.

use std::borrow::Cow;

use sha1::{Digest as _, Sha1};

/// The longest token, in bytes. A whole line of the protocol of NATS has 4,096 bytes at most, and
/// may have two subjects.
const MAX_TOKEN: usize = 512;

/// The bytes of a hash. 128 bits: no two names of one application have the same by chance. If an
/// attacker made two such names, their subscribers would get no foreign messages, because the
/// envelope has the name.
const HASH: usize = 16;

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Whether a byte stands for itself in a token.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Whether the token of a name would be longer than a token may be.
pub(super) fn is_long(name: &str) -> bool {
    // The first test spares counting in almost all names, and in very long ones.
    name.len() > MAX_TOKEN || (name.len() > MAX_TOKEN / 3 && len(name) > MAX_TOKEN)
}

fn len(name: &str) -> usize {
    let of_byte = |byte| if is_plain(byte) { 1 } else { 3 };
    name.bytes().map(of_byte).sum()
}

/// Appends the token of a name.
pub(super) fn push(name: &str, into: &mut String) {
    if name.is_empty() {
        // A token must have a character. No byte is written as a lone `=`.
        into.push('=');
    }
    for byte in name.bytes() {
        if is_plain(byte) {
            into.push(byte.into());
        } else {
            into.push('=');
            into.push(digit(byte >> 4).into());
            into.push(digit(byte & 15).into());
        }
    }
}

/// Reads a token. `None` if [`push`] never writes it: each name has one token.
pub(super) fn read(token: &str) -> Option<Cow<'_, str>> {
    if token == "=" {
        return Some("".into());
    }
    if token.is_empty() || token.len() > MAX_TOKEN {
        return None;
    }
    if token.bytes().all(is_plain) {
        return Some(token.into());
    }
    let mut name = Vec::with_capacity(token.len());
    let mut bytes = token.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'=' {
            let escaped = value(bytes.next()?)? << 4 | value(bytes.next()?)?;
            if is_plain(escaped) {
                return None;
            }
            name.push(escaped);
        } else if is_plain(byte) {
            name.push(byte);
        } else {
            return None;
        }
    }
    String::from_utf8(name).ok().map(Cow::Owned)
}

/// Appends the hash that stands for a long name.
pub(super) fn push_hash(name: &str, into: &mut String) {
    let digest = Sha1::digest(name);
    push_hex(&digest[..HASH], into);
}

/// Whether a token may be one of [`push_hash`].
pub(super) fn is_hash(token: &str) -> bool {
    token.len() == 2 * HASH && token.bytes().all(|digit| lower_value(digit).is_some())
}

/// Appends bytes as lower-case digits.
pub(super) fn push_hex(bytes: &[u8], into: &mut String) {
    for byte in bytes {
        into.push(digit(byte >> 4).to_ascii_lowercase().into());
        into.push(digit(byte & 15).to_ascii_lowercase().into());
    }
}

/// Reads the tag of a node: eight lower-case digits.
pub(super) fn read_tag(token: &str) -> Option<u32> {
    let digits: [u8; 8] = token.as_bytes().try_into().ok()?;
    let add = |tag, digit| Some(tag << 4 | u32::from(lower_value(digit)?));
    digits.into_iter().try_fold(0, add)
}

fn digit(value: u8) -> u8 {
    DIGITS[usize::from(value & 15)]
}

/// The value of an upper-case digit.
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn lower_value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'F' => None,
        _ => value(digit.to_ascii_uppercase()),
    }
}
