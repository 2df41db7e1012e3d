//! The envelope of a frame: `{"type":…,"id":…,"data":{…}}`, `{"join":…}` or `{"leave":…}`.

use std::borrow::Cow;

use super::{Arguments, Fault, Reader};

/// The number under which a client expects an answer, if it expects one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Id(pub(crate) Option<u64>);

impl Id {
    /// The largest integer that all JSON parsers read exactly.
    const MAX: u64 = (1 << 53) - 1;

    #[inline]
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        if reader.null() {
            return Ok(Self(None));
        }
        let id = reader.digits(Self::MAX).ok_or(Fault::BAD_ID)?;
        match reader.peek() {
            Some(b'.' | b'e' | b'E' | b'0'..=b'9') => Err(Fault::BAD_ID),
            _ => Ok(Self(Some(id))),
        }
    }
}

/// A frame of a client. It is read as far as the name; [`Arguments`] read the rest.
#[derive(Debug)]
pub(crate) enum Frame<'m> {
    Call(Cow<'m, str>, Arguments<'m>),
    Join(Cow<'m, str>, Arguments<'m>),
    Leave(Cow<'m, str>, Arguments<'m>),
}

impl<'m> Frame<'m> {
    #[inline]
    pub(crate) fn read(text: &'m str) -> Result<Self, Fault> {
        let mut reader = Reader::new(text);
        let more = reader.begin().ok_or(Fault::NO_OBJECT)?;
        let mut rest = Arguments::new(reader, more);
        while let Some(name) = rest.next_name()? {
            let kind: fn(_, _) -> Self = match &*name {
                "type" => Self::Call,
                "join" => Self::Join,
                "leave" => Self::Leave,
                _ => {
                    rest.early(&name)?;
                    continue;
                }
            };
            let name = rest.kind()?;
            return Ok(kind(name, rest));
        }
        Err(Fault::NO_KIND)
    }
}

/// The id of a frame that is not understood, if the frame is JSON and its id is valid.
#[cold]
pub(crate) fn id_of(text: &str) -> Option<u64> {
    let mut id = None;
    let mut reader = Reader::new(text);
    let mut more = reader.begin()?;
    while more {
        if reader.name().ok()? == "id" {
            if id.is_some() {
                return None;
            }
            id = Some(Id::read(&mut reader).ok()?);
        } else {
            reader.pass().ok()?;
        }
        more = reader.more().ok()?;
    }
    reader.end().ok()?;
    id?.0
}
