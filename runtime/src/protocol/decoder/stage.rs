use super::PartialMessage;
use crate::protocol::{
    Event, MAX_CONTROL_PAYLOAD, ProtocolError,
    frame::{Control, FrameHeader, MAX_CLIENT_HEADER, Rules},
    mask::apply_mask,
};

/// How much of the current frame has arrived.
#[derive(Debug)]
pub(super) enum Stage {
    /// Nothing, or a part of the header.
    Header(PartialHeader),
    /// The header of a frame that belongs to a message, and a part of the payload.
    Data(DataFrame),
    /// The header of a control frame, and a part of the payload. This is rare: control frames are
    /// small and usually arrive in one piece.
    Control(Box<PartialControl>),
}

impl Default for Stage {
    fn default() -> Self {
        Self::Header(PartialHeader {
            bytes: [0; MAX_CLIENT_HEADER],
            length: 0,
        })
    }
}

impl Stage {
    /// The event of the kept control frame.
    pub(super) fn control_event(&self) -> Result<Option<Event<'_>>, ProtocolError> {
        match self {
            Self::Control(frame) => Event::control(frame.control, frame.payload()).map(Some),
            Self::Header(_) | Self::Data(_) => Ok(None),
        }
    }
}

/// The first bytes of a header.
#[derive(Debug)]
pub(super) struct PartialHeader {
    bytes: [u8; MAX_CLIENT_HEADER],
    length: u8,
}

impl PartialHeader {
    /// A header of which these bytes have arrived. They are fewer than a whole header has.
    pub(super) fn of(arrived: &[u8]) -> Self {
        let mut bytes = [0; MAX_CLIENT_HEADER];
        let length = arrived.len().min(bytes.len());
        bytes[..length].copy_from_slice(&arrived[..length]);
        let length = length as u8;
        Self { bytes, length }
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Reads the header at the start of `input`, or completes a header that has begun to arrive.
    /// Returns the header with the number of bytes taken from `input`. If the header is still
    /// incomplete, keeps all bytes and returns `None`.
    #[inline]
    pub(super) fn read(
        &mut self,
        input: &[u8],
        rules: Rules,
    ) -> Result<Option<(FrameHeader, usize)>, ProtocolError> {
        if self.is_empty()
            && let Some(header) = FrameHeader::parse(input, rules)?
        {
            return Ok(Some((header, header.header_len)));
        }
        self.resume(input, rules)
    }

    fn resume(
        &mut self,
        input: &[u8],
        rules: Rules,
    ) -> Result<Option<(FrameHeader, usize)>, ProtocolError> {
        let known = usize::from(self.length);
        let free = &mut self.bytes[known..];
        let count = free.len().min(input.len());
        free[..count].copy_from_slice(&input[..count]);

        let Some(header) = FrameHeader::parse(&self.bytes[..known + count], rules)? else {
            self.length = (known + count) as u8;
            return Ok(None);
        };
        self.length = 0;
        Ok(Some((header, header.header_len - known)))
    }
}

/// A frame of a message.
#[derive(Debug)]
pub(super) struct DataFrame {
    mask: [u8; 4],
    /// Whether this is the last frame of the message.
    pub(super) fin: bool,
    received: usize,
    length: usize,
}

impl DataFrame {
    pub(super) fn new(header: &FrameHeader) -> Self {
        Self {
            mask: header.mask,
            fin: header.fin,
            received: 0,
            length: header.payload_len,
        }
    }

    /// Moves the payload bytes in `input` into the message, and returns their number.
    pub(super) fn read(
        &mut self,
        input: &mut [u8],
        message: &mut PartialMessage,
    ) -> Result<usize, ProtocolError> {
        let count = (self.length - self.received).min(input.len());
        let piece = &mut input[..count];
        apply_mask(piece, self.mask, self.received);
        message.push(piece)?;
        self.received += count;
        Ok(count)
    }

    pub(super) fn is_complete(&self) -> bool {
        self.received == self.length
    }
}

/// A control frame that arrives in several pieces.
#[derive(Debug)]
pub(super) struct PartialControl {
    control: Control,
    mask: [u8; 4],
    received: u8,
    length: u8,
    bytes: [u8; MAX_CONTROL_PAYLOAD],
}

impl PartialControl {
    /// A control frame of which only the header has arrived.
    pub(super) fn new(control: Control, header: &FrameHeader) -> Self {
        Self {
            control,
            mask: header.mask,
            received: 0,
            length: header.payload_len.min(MAX_CONTROL_PAYLOAD) as u8,
            bytes: [0; MAX_CONTROL_PAYLOAD],
        }
    }

    /// Keeps the payload bytes in `input`, and returns their number.
    pub(super) fn read(&mut self, input: &[u8]) -> usize {
        let received = usize::from(self.received);
        let missing = &mut self.bytes[received..usize::from(self.length)];
        let count = missing.len().min(input.len());
        let piece = &mut missing[..count];
        piece.copy_from_slice(&input[..count]);
        apply_mask(piece, self.mask, received);
        self.received = (received + count) as u8;
        count
    }

    pub(super) fn is_complete(&self) -> bool {
        self.received == self.length
    }

    fn payload(&self) -> &[u8] {
        &self.bytes[..usize::from(self.received)]
    }
}
