use bytes::{Buf as _, BytesMut};

use super::{
    Event, Message, ParseError,
    line::{self, Announced, Line},
};

/// The longest line, in bytes, with its end. A server takes lines of 4 KiB if it is not configured
/// otherwise, but the `INFO` of a large cluster is longer.
pub(crate) const MAX_LINE: usize = 64 << 10;

/// The longest payload, in bytes: the most that a server can be configured to. It is not the
/// `max_payload` of the server, because another server of its cluster may take larger messages, and
/// the server then passes them on.
pub(crate) const MAX_PAYLOAD: usize = 64 << 20;

const LINE_END: &[u8] = b"\r\n";

/// Turns the bytes of a server into events.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// The message whose line has been read, and whose payload is incomplete.
    announced: Option<Announced>,
    /// So many bytes of the buffer have no end of a line.
    searched: usize,
}

impl Parser {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Takes the first event out of the buffer. `None` if it is incomplete: call again when more
    /// bytes are appended.
    ///
    /// # Errors
    ///
    /// The bytes are not of the protocol. The parser must not be used again.
    pub(crate) fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Event>, ParseError> {
        if self.announced.is_none() {
            match self.line(buffer)? {
                None => return Ok(None),
                Some(Line::Event(event)) => return Ok(Some(event)),
                Some(Line::Message(announced)) => self.announced = Some(announced),
            }
        }
        self.payload(buffer)
    }

    /// Takes a line out of the buffer, if it is complete.
    fn line(&mut self, buffer: &mut BytesMut) -> Result<Option<Line>, ParseError> {
        let found = buffer[self.searched..]
            .iter()
            .position(|byte| *byte == b'\n');
        let Some(end) = found.map(|found| self.searched + found) else {
            self.searched = buffer.len();
            let is_too_long = buffer.len() >= MAX_LINE;
            return if is_too_long {
                Err(ParseError::LongLine)
            } else {
                Ok(None)
            };
        };
        self.searched = 0;
        if end >= MAX_LINE {
            return Err(ParseError::LongLine);
        }
        let line = buffer.split_to(end + 1).freeze();
        match line.strip_suffix(LINE_END) {
            Some(text) => line::read(&line.slice_ref(text)).map(Some),
            None => Err(ParseError::UnknownLine),
        }
    }

    /// Takes the payload of the announced message out of the buffer, if it is complete.
    fn payload(&mut self, buffer: &mut BytesMut) -> Result<Option<Event>, ParseError> {
        let whole = |announced: &mut Announced| {
            let end = announced.total + LINE_END.len();
            buffer.len() >= end
        };
        let Some(announced) = self.announced.take_if(whole) else {
            return Ok(None);
        };
        let mut payload = buffer.split_to(announced.total).freeze();
        if !buffer.starts_with(LINE_END) {
            return Err(ParseError::PayloadEnd);
        }
        buffer.advance(LINE_END.len());
        payload.advance(announced.headers);
        let subject = announced.subject;
        Ok(Some(Event::Message(Message { subject, payload })))
    }
}
