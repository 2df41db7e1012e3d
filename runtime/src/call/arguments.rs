use std::borrow::Cow;

use super::{Fault, Id, Reader};

/// A frame behind its `type`, `join` or `leave`.
#[derive(Debug)]
pub struct Arguments<'m> {
    reader: Reader<'m>,
    /// Whether the frame has another member.
    more: bool,
    id: Option<Id>,
    data: Data<'m>,
}

/// The fields of a call.
#[derive(Debug)]
enum Data<'m> {
    /// They have not been seen yet.
    Ahead,
    /// They came before the `type`, so it was not known then what to make of them.
    Behind(Reader<'m>),
    /// They have been read.
    Read,
}

impl<'m> Arguments<'m> {
    pub(super) fn new(reader: Reader<'m>, more: bool) -> Self {
        Self {
            reader,
            more,
            id: None,
            data: Data::Ahead,
        }
    }

    /// Reads the rest of the frame. `field` gets the name of each field of `data` and reads its
    /// value, or skips it. Returns the id for the answer.
    ///
    /// # Errors
    ///
    /// The error of `field`, or whatever else is wrong with the frame.
    #[inline]
    pub fn read(
        &mut self,
        field: impl FnMut(&str, &mut Reader<'m>) -> Result<(), Fault>,
    ) -> Result<Id, Fault> {
        if let Some(mut behind) = self.find()? {
            behind.object(field)?;
        } else if self.more {
            self.reader.object(field)?;
            self.data = Data::Read;
            self.more = self.reader.more()?;
        }
        self.finish()
    }

    /// Goes on until the reader stands at `data`, or the frame has no more members. Returns the
    /// fields that came before the `type`.
    fn find(&mut self) -> Result<Option<Reader<'m>>, Fault> {
        if let Data::Behind(behind) = self.data {
            return Ok(Some(behind));
        }
        while let Some(name) = self.next_name()? {
            if name == "data" {
                break;
            }
            self.member(&name)?;
        }
        Ok(None)
    }

    /// Reads the rest of a frame whose fields have been read.
    pub(crate) fn finish(&mut self) -> Result<Id, Fault> {
        while let Some(name) = self.next_name()? {
            self.member(&name)?;
        }
        self.reader.end()?;
        Ok(self.id.unwrap_or_default())
    }

    /// The name of the next member.
    #[inline]
    pub(super) fn next_name(&mut self) -> Result<Option<Cow<'m, str>>, Fault> {
        self.more.then(|| self.reader.name()).transpose()
    }

    /// Reads a member that comes before the `type`.
    #[cold]
    pub(super) fn early(&mut self, name: &str) -> Result<(), Fault> {
        if name != "data" {
            return self.member(name);
        }
        if !matches!(self.data, Data::Ahead) {
            return Err(Fault::TWO_DATA);
        }
        self.data = Data::Behind(self.reader);
        self.reader.pass()?;
        self.more = self.reader.more()?;
        Ok(())
    }

    /// Reads the name of a function or topic.
    #[inline]
    pub(super) fn kind(&mut self) -> Result<Cow<'m, str>, Fault> {
        if self.reader.peek() != Some(b'"') {
            return Err(Fault::NO_NAME);
        }
        let name = self.reader.string()?;
        self.more = self.reader.more()?;
        Ok(name)
    }

    /// Reads any other member.
    #[inline]
    fn member(&mut self, name: &str) -> Result<(), Fault> {
        match name {
            "id" if self.id.is_some() => return Err(Fault::TWO_IDS),
            "id" => self.id = Some(Id::read(&mut self.reader)?),
            "data" if matches!(self.data, Data::Ahead) => {
                // Of a frame without fields, such as a join.
                self.data = Data::Read;
                self.reader.skip()?;
            }
            "data" => return Err(Fault::TWO_DATA),
            "type" | "join" | "leave" => return Err(Fault::TWO_KINDS),
            _ => self.reader.skip()?,
        }
        self.more = self.reader.more()?;
        Ok(())
    }
}
