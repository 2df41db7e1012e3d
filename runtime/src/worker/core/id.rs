//! The public id of a socket.

use std::{fmt, str::FromStr};

/// Identifies a socket: 128 random bits from the operating system, so that it cannot be guessed.
///
/// It prints as 32 hexadecimal digits and parses from them. Knowing it can serve as permission, so
/// print it for its own client only, and not to a log: `{:?}` is for that, and shows the first four
/// digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub(crate) [u8; 16]);

impl SocketId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.0;
        write!(f, "SocketId({first:02x}{second:02x}…)")
    }
}

impl FromStr for SocketId {
    type Err = InvalidSocketId;

    fn from_str(text: &str) -> Result<Self, InvalidSocketId> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u128::from_str_radix(text, 16) {
            Ok(id) if is_hex => Ok(Self(id.to_be_bytes())),
            _ => Err(InvalidSocketId),
        }
    }
}

/// The error of parsing a [`SocketId`] from something else than 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSocketId;

impl fmt::Display for InvalidSocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a socket id is 32 hexadecimal digits")
    }
}

impl std::error::Error for InvalidSocketId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_whole_only_where_it_is_meant_to_be_told() {
        let id = SocketId([0x3f; 16]);
        assert_eq!(id.to_string(), "3f".repeat(16));
        assert_eq!(format!("{id:?}"), "SocketId(3f3f…)");
    }
}
