use crate::protocol::{Event, Kind, Payload, ProtocolError, Utf8Validator};

/// The memory that is reserved when the first bytes of a long message arrive.
const FIRST_RESERVATION: usize = 16 * 1024;

/// An incomplete message (section 5.4).
#[derive(Debug)]
pub(super) struct PartialMessage {
    kind: Kind,
    compressed: bool,
    /// The number of frames that have begun.
    frames: u32,
    /// Checks the text as it arrives. Unused if the message is binary or compressed.
    utf8: Utf8Validator,
    /// The bytes that have arrived, unmasked.
    payload: Vec<u8>,
    /// The expected length of the message, as far as is known now. No more memory than this is
    /// reserved.
    expected: usize,
}

impl PartialMessage {
    /// A message of which only the header of the first frame has arrived.
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

    /// The number of bytes that have arrived.
    pub(super) fn len(&self) -> usize {
        self.payload.len()
    }

    /// Counts a further frame. Frames may be empty, so the limit on the size of a message does not
    /// limit their number.
    pub(super) fn count_frame(&mut self, max_frames: u32) -> Result<(), ProtocolError> {
        if self.frames >= max_frames {
            return Err(ProtocolError::TooManyFrames);
        }
        self.frames += 1;
        Ok(())
    }

    /// Notes the length of the next frame of the message. After a frame that is not the last, as
    /// many bytes again are expected. Reserving memory for one frame at a time would copy a message
    /// of small fragments again and again.
    pub(super) fn announce(&mut self, frame_len: usize, fin: bool, max_message_size: usize) {
        let end = self.payload.len().saturating_add(frame_len);
        self.expected = if fin {
            end
        } else {
            end.saturating_mul(2).min(max_message_size)
        };
    }

    /// Appends unmasked bytes.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), ProtocolError> {
        if self.kind == Kind::Text && !self.compressed {
            self.utf8.push(piece)?;
        }
        self.reserve(piece.len());
        self.payload.extend_from_slice(piece);
        Ok(())
    }

    /// Returns the event of the complete message. The buffer moves into the event without a copy.
    pub(super) fn finish(self) -> Result<Event<'static>, ProtocolError> {
        self.utf8.finish()?;
        Ok(Event::Message {
            kind: self.kind,
            compressed: self.compressed,
            payload: Payload::Owned(self.payload.into()),
        })
    }

    /// Makes room for bytes that have arrived, never for bytes that were only announced: a header
    /// must not cost more memory here than it cost its sender. Growing to twice the need keeps the
    /// cost of copying linear.
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
    /// The memory that the message holds, in bytes.
    pub(super) fn capacity(&self) -> usize {
        self.payload.capacity()
    }
}
