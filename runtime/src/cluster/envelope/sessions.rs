//! What a heartbeat and a message of the sequence say of connections, in their extension.
//!
//! An extension is a row of fields: `kind 1 | length 1 | content`. A reader skips a field that it does
//! not know, and all from the first byte on that has no meaning.
//!
//! ```text
//! kind 1, sessions: own 4 | (tag 4 | session 4)*
//! ```
//!
//! A message of the sequence names no connections of others, and has no such field if it is sent over
//! the first connection of its node.

use super::TooLong;

const SESSIONS: u8 = 1;

/// The connection over which something is sent, and those of other nodes that its node has heard.
///
/// A node counts its connections. A heartbeat that names the present connection of another node was
/// sent after that connection was made: see [`Gate`](crate::cluster::gate::Gate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sessions<'a> {
    pub(crate) own: u32,
    pub(crate) heard: &'a [Heard],
}

/// The tag of a node, and the number of its connection: four bytes each, as they travel.
pub(crate) type Heard = [u8; 8];

/// How a heartbeat names a connection of a node.
pub(crate) fn heard(tag: u32, session: u32) -> Heard {
    (u64::from(tag) << 32 | u64::from(session)).to_be_bytes()
}

impl<'a> Sessions<'a> {
    /// The most connections that one heartbeat can name.
    pub(crate) const MOST: usize = 31;

    /// What a message of the sequence says.
    pub(super) fn only(own: u32) -> Self {
        Self { own, heard: &[] }
    }

    /// Whether the node has heard this connection of this node.
    pub(crate) fn have(&self, tag: u32, session: u32) -> bool {
        self.heard.contains(&heard(tag, session))
    }

    /// Reads an extension. `None` if it does not have this field.
    pub(super) fn read(mut extension: &'a [u8]) -> Option<Self> {
        loop {
            let (&[kind, length], rest) = extension.split_first_chunk()?;
            let (content, rest) = rest.split_at_checked(length.into())?;
            if kind == SESSIONS {
                let (own, heard) = content.split_first_chunk()?;
                let (heard, remainder) = heard.as_chunks();
                let own = u32::from_be_bytes(*own);
                return remainder.is_empty().then_some(Self { own, heard });
            }
            extension = rest;
        }
    }

    /// The length of the field, with its kind and its length.
    pub(super) fn field_len(&self) -> Result<u8, TooLong> {
        let length = 6 + self.heard.as_flattened().len();
        u8::try_from(length).map_err(|_| TooLong)
    }

    /// Appends the field.
    pub(super) fn append(&self, into: &mut Vec<u8>) -> Result<(), TooLong> {
        into.extend([SESSIONS, self.field_len()? - 2]);
        into.extend_from_slice(&self.own.to_be_bytes());
        into.extend_from_slice(self.heard.as_flattened());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_fields_are_skipped() {
        let nodes = [heard(1, 2), heard(3, 4)];
        let own = 0x0102_0304;
        let sessions = Sessions { own, heard: &nodes };
        let mut bytes = Vec::new();
        sessions.append(&mut bytes).unwrap();
        assert_eq!(bytes[..6], [1, 20, 1, 2, 3, 4]);
        let field = &bytes[..];
        let read = Sessions::read(field);
        assert_eq!(read, Some(sessions));
        assert!(sessions.have(3, 4) && !sessions.have(3, 2));
        for before in [&[9, 0][..], &[9, 3, 1, 1, 1], &[0, 0, 2, 1, 1]] {
            let after = [before, field, before].concat();
            assert_eq!(Sessions::read(&after), Some(sessions), "{before:?}");
        }
    }

    #[test]
    fn what_has_no_meaning_says_nothing() {
        let none: [&[u8]; 7] = [
            b"",
            &[1],
            &[1, 4, 0, 0, 0],
            &[1, 3, 0, 0, 0],
            &[1, 5, 0, 0, 0, 1, 9],
            &[9, 200, 1, 4, 0, 0, 0, 1],
            b"new",
        ];
        for extension in none {
            assert_eq!(Sessions::read(extension), None, "{extension:?}");
        }
        let own = Sessions { own: 1, heard: &[] };
        assert_eq!(Sessions::read(&[1, 4, 0, 0, 0, 1]), Some(own));
    }

    #[test]
    fn the_extension_has_room_for_so_many() {
        let mut bytes = Vec::new();
        let full = [heard(1, 2); Sessions::MOST];
        let sessions = |heard| Sessions { own: 1, heard };
        assert_eq!(sessions(&full).append(&mut bytes), Ok(()));
        assert_eq!(
            sessions(&full).field_len().map(usize::from),
            Ok(bytes.len())
        );
        let more = [heard(1, 2); Sessions::MOST + 1];
        assert_eq!(sessions(&more).append(&mut Vec::new()), Err(TooLong));
    }
}
