use std::str;

use super::ProtocolError;

/// The most bytes of an incomplete character.
const MAX_UNFINISHED: usize = 3;

/// Checks UTF-8 as it arrives (sections 5.6 and 8.1).
///
/// It fails on the first byte that no further input could make valid. So the connection fails
/// before the peer has sent the whole message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Utf8Validator {
    /// The bytes of a character that is not complete yet.
    unfinished: [u8; MAX_UNFINISHED],
    /// The number of these bytes.
    length: u8,
}

impl Utf8Validator {
    /// Checks the next bytes of the text.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), ProtocolError> {
        let rest = self.finish_character(bytes)?;
        let Err(error) = str::from_utf8(rest) else {
            return Ok(());
        };
        match error.error_len() {
            Some(_) => Err(ProtocolError::InvalidUtf8),
            None => {
                self.keep(&rest[error.valid_up_to()..]);
                Ok(())
            }
        }
    }

    /// Checks that the text does not end within a character.
    pub(crate) fn finish(&self) -> Result<(), ProtocolError> {
        if self.length == 0 {
            Ok(())
        } else {
            Err(ProtocolError::InvalidUtf8)
        }
    }

    /// Completes the unfinished character with bytes of the input, and returns the remaining input.
    fn finish_character<'b>(&mut self, mut bytes: &'b [u8]) -> Result<&'b [u8], ProtocolError> {
        let mut character = [0; MAX_UNFINISHED + 1];
        let mut length = usize::from(self.length);
        character[..length].copy_from_slice(&self.unfinished[..length]);

        while self.length > 0
            && let [next, rest @ ..] = bytes
        {
            character[length] = *next;
            length += 1;
            bytes = rest;
            match str::from_utf8(&character[..length]) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_some() => {
                    return Err(ProtocolError::InvalidUtf8);
                }
                Err(_) => self.keep(&character[..length]),
            }
        }
        Ok(bytes)
    }

    /// Keeps the first bytes of a character, at most three.
    fn keep(&mut self, beginning: &[u8]) {
        for (to, from) in self.unfinished.iter_mut().zip(beginning) {
            *to = *from;
        }
        self.length = beginning.len().min(MAX_UNFINISHED) as u8;
    }
}

#[cfg(test)]
mod tests;
