//! The public id of a socket.

#[cfg(feature = "json")]
mod serde;

use std::{fmt, str::FromStr};

/// Identifies a socket: 128 random bits from the operating system, so that it cannot be guessed. In a
/// cluster the last 32 bits are the same for all sockets of a node, so that the other nodes know
/// where the socket is. The other 96 are random: it still cannot be guessed.
///
/// It prints as 32 hexadecimal digits and parses from them. With the feature `json`, which is on by
/// default, it is serialized as that text. Knowing it can serve as permission, so give it to its own
/// client only. For logs use `{:?}`, which shows only the first four digits.
///
/// ```
/// use levante::prelude::*;
/// use serde::Serialize;
///
/// #[websocket("/chat")]
/// mod chat {
///     use super::*;
///
///     /// The client sends the id in the header `X-Socket-Id` to routes that take a `chat::Ws`.
///     #[derive(Serialize)]
///     struct Welcome { id: SocketId }
///
///     fn open(ws: &Ws) {
///         ws.send(Json(Welcome { id: ws.id() }));
///     }
/// }
/// # fn main() { let _ = chat::service(); }
/// ```
///
/// The order of ids means nothing. It is there for maps and sets that need one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub(crate) [u8; 16]);

impl SocketId {
    /// A new id. In a cluster, `tag` is that of this node.
    pub(crate) fn random(tag: Option<u32>) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        if let (Some(tag), Some(end)) = (tag, bytes.last_chunk_mut()) {
            *end = tag.to_be_bytes();
        }
        Ok(Self(bytes))
    }

    /// The tag of the node that the socket is of, if that node is in a cluster. Otherwise it is
    /// random.
    pub(crate) fn tag(self) -> u32 {
        let [.., a, b, c, d] = self.0;
        u32::from_be_bytes([a, b, c, d])
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

/// The error of parsing a [`SocketId`] from text that is not 32 hexadecimal digits.
///
/// ```
/// use levante::SocketId;
///
/// let id: Result<SocketId, _> = "seven".parse();
/// println!("{}", id.unwrap_err());
/// ```
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
    fn the_ids_of_a_node_end_in_its_tag_and_differ_in_all_else() {
        let [a, b] = [0xfedc_ba98; 2].map(|tag| SocketId::random(Some(tag)).unwrap());
        assert_eq!((a.tag(), b.tag()), (0xfedc_ba98, 0xfedc_ba98));
        assert!(a.to_string().ends_with("fedcba98"));
        assert_ne!(a.0[..8], b.0[..8]);
        assert_ne!(a.0[8..12], b.0[8..12]);
        let [a, b] = [None; 2].map(|tag| SocketId::random(tag).unwrap());
        assert_ne!(a.tag(), b.tag());
    }

    #[test]
    fn an_id_is_whole_only_where_it_is_meant_to_be_told() {
        let id = SocketId([0x3f; 16]);
        assert_eq!(id.to_string(), "3f".repeat(16));
        assert_eq!(format!("{id:?}"), "SocketId(3f3f…)");
    }
}
