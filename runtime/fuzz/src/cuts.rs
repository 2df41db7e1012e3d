//! Bytes that arrive in pieces.

use arbitrary::Arbitrary;

/// The bytes of a server, and how they are cut.
#[derive(Arbitrary, Debug)]
pub struct Cut<'a> {
    cuts: [u8; 4],
    pub(crate) bytes: &'a [u8],
}

impl<'a> Cut<'a> {
    /// Parses the bytes in one piece, and checks that the result does not depend on how they are cut.
    pub(crate) fn parse<T: PartialEq + std::fmt::Debug>(
        &self,
        parse: impl Fn(&mut dyn Iterator<Item = &'a [u8]>) -> T,
    ) -> T {
        let whole = parse(&mut std::iter::once(self.bytes));
        assert_eq!(parse(&mut self.bytes.chunks(1)), whole);
        let mut rest = self.bytes;
        let mut pieces = self.cuts.into_iter().cycle().map_while(|cut| {
            let (piece, after) = rest.split_at(usize::from(cut.max(1)).min(rest.len()));
            rest = after;
            (!piece.is_empty()).then_some(piece)
        });
        assert_eq!(parse(&mut pieces), whole);
        whole
    }
}
