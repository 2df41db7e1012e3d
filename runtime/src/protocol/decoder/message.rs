use crate::protocol::{Event, Kind, Payload, ProtocolError, Utf8Validator};

/// What is reserved when the first bytes of a longer message arrive.
const FIRST_RESERVATION: usize = 16 * 1024;

/// A message of which a part has arrived (section 5.4).
#[derive(Debug)]
pub(super) struct PartialMessage {
    kind: Kind,
    compressed: bool,
    /// How many frames have begun.
    frames: u32,
    /// How far the text is checked. Unused if the message is binary or compressed.
    utf8: Utf8Validator,
    /// What has arrived, unmasked.
    payload: Vec<u8>,
    /// How long the message is expected to become, for all that is known now. More than that is
    /// not reserved.
    expected: usize,
}

impl PartialMessage {
    /// A message of which nothing but the header of its first frame has arrived.
    pub(super) fn new(kind: Kind, compressed: bool) -> Self {
        Self {
            kind,
            compressed,
            frames: 1,
            utf8: Utf8Validator::default(),
            payload: Vec::new(),
            expected: 0,
        }
    }

    /// How many bytes have arrived.
    pub(super) fn len(&self) -> usize {
        self.payload.len()
    }

    /// Takes note of a further frame. Frames may be empty, so the size of the message does not limit
    /// how many there are.
    pub(super) fn count_frame(&mut self, max_frames: u32) -> Result<(), ProtocolError> {
        if self.frames >= max_frames {
            return Err(ProtocolError::TooManyFrames);
        }
        self.frames += 1;
        Ok(())
    }

    /// Takes note that so many more bytes will come in the next frame of the message. If that is
    /// not the last one, as much again is expected after it: reserving for one frame at a time
    /// would copy a message of small fragments over and over.
    pub(super) fn announce(&mut self, frame_len: usize, fin: bool, max_message_size: usize) {
        let end = self.payload.len().saturating_add(frame_len);
        self.expected = if fin {
            end
        } else {
            end.saturating_mul(2).min(max_message_size)
        };
    }

    /// Appends bytes that were unmasked.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), ProtocolError> {
        if self.kind == Kind::Text && !self.compressed {
            self.utf8.push(piece)?;
        }
        self.reserve(piece.len());
        self.payload.extend_from_slice(piece);
        Ok(())
    }

    /// The event of the complete message. Hands over the buffer, without a copy.
    pub(super) fn finish(self) -> Result<Event<'static>, ProtocolError> {
        self.utf8.finish()?;
        Ok(Event::Message {
            kind: self.kind,
            compressed: self.compressed,
            payload: Payload::Owned(self.payload.into()),
        })
    }

    /// Makes room for what has arrived, never for what was only announced: a header must not cost
    /// more memory here than it cost its sender. Growing to twice the need keeps the copying
    /// linear.
    fn reserve(&mut self, additional: usize) {
        let needed = self.payload.len().saturating_add(additional);
        if needed > self.payload.capacity() {
            let ample = needed.saturating_mul(2).max(FIRST_RESERVATION);
            let target = ample.min(self.expected).max(needed);
            self.payload.reserve_exact(target - self.payload.len());
        }
    }
}

#[cfg(test)]
impl PartialMessage {
    /// How many bytes of memory the message holds.
    pub(super) fn capacity(&self) -> usize {
        self.payload.capacity()
    }
}
