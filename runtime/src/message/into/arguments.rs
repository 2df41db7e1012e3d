//! Text that is formatted when it is sent.

use std::fmt::{self, Write};

use bytes::Bytes;

use super::{IntoMessage, Message, Outgoing, Payload, SHARE_FROM};
use crate::error::BoxError;

/// Text of at most this many bytes is formatted without an allocation.
const INLINE: usize = 512;

/// The result of `format_args!`. If an implementation of [`Display`](fmt::Display) in it fails, the
/// message cannot be encoded.
impl IntoMessage for fmt::Arguments<'_> {
    fn into_message(self) -> Result<Message, BoxError> {
        let mut text = String::new();
        text.write_fmt(self)?;
        text.into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        if let Some(text) = self.as_str() {
            return text.lend(send);
        }
        let mut text = Text::new();
        text.write_fmt(self)?;
        Ok(text.lend(send))
    }
}

/// Text on the stack; on the heap, if it is longer than [`INLINE`].
struct Text {
    inline: [u8; INLINE],
    len: usize,
    /// All of the text, once it does not fit into `inline`.
    long: Vec<u8>,
}

impl Text {
    fn new() -> Self {
        Self {
            inline: [0; INLINE],
            len: 0,
            long: Vec::new(),
        }
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> R {
        match self.long.len() {
            0 => send(Outgoing::text(Payload::Borrowed(&self.inline[..self.len]))),
            1..SHARE_FROM => send(Outgoing::text(Payload::Borrowed(&self.long))),
            _ => send(Outgoing::text(Payload::Shared(&Bytes::from(self.long)))),
        }
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        if self.long.is_empty()
            && let Some(room) = self.inline.get_mut(self.len..end)
        {
            room.copy_from_slice(text.as_bytes());
            self.len = end;
            return Ok(());
        }
        if self.long.is_empty() {
            self.long.extend_from_slice(&self.inline[..self.len]);
        }
        self.long.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
