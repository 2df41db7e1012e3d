mod message;
mod stage;

use self::{
    message::PartialMessage,
    stage::{DataFrame, PartialControl, Stage},
};
use super::{
    Event, Kind, ProtocolError,
    frame::{
        Control, FrameHeader, MASKED, MAX_SHORT_LENGTH, Role, Rules, SHORT_HEADER, WHOLE_BINARY,
        WHOLE_TEXT,
    },
    mask::apply_mask,
};

/// Turns the bytes of a client into events (section 5).
///
/// A message that arrives in one piece is borrowed from the input. Only incomplete frames and
/// messages are kept here, so the connection itself has no unread bytes to keep. After its event
/// nothing of a message is kept.
#[derive(Debug)]
pub(crate) struct Decoder {
    max_message_size: usize,
    max_frames: u32,
    compression: bool,
    /// How much of the current frame has arrived.
    stage: Stage,
    /// The message that has begun and is not complete. It is separate from the current frame,
    /// because control frames may come between its frames.
    message: Option<Box<PartialMessage>>,
}

/// The result of [`Decoder::decode`].
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    /// The number of input bytes that were consumed: all of them if there is no event.
    pub(crate) consumed: usize,
    /// The event that the last consumed byte completed.
    pub(crate) event: Option<Event<'a>>,
}

/// The result of one step through the input. All numbers count bytes from the start of the step.
enum Step {
    /// The whole input is consumed, and more is needed.
    Starved,
    /// This many bytes are consumed, and there is no event yet.
    Advanced(usize),
    /// The input holds the payload of a message in one frame, from `start` on.
    WholeMessage {
        start: usize,
        kind: Kind,
        header: FrameHeader,
    },
    /// The input holds the payload of a control frame, from `start` on.
    WholeControl {
        start: usize,
        control: Control,
        header: FrameHeader,
    },
    /// This many bytes are consumed. They complete the message that is kept.
    KeptMessage(usize),
    /// This many bytes are consumed. They complete the control frame that is kept.
    KeptControl(usize),
}

impl Decoder {
    /// A decoder for a new connection. `compression` says whether permessage-deflate was
    /// negotiated. The limit is on the size of a message before it is inflated.
    pub(crate) fn new(max_message_size: usize, compression: bool) -> Self {
        Self {
            max_message_size,
            max_frames: u32::MAX,
            compression,
            stage: Stage::default(),
            message: None,
        }
    }

    /// Refuses a message in more frames than `max_frames`.
    pub(crate) fn with_max_frames(self, max_frames: u32) -> Self {
        Self { max_frames, ..self }
    }

    /// Consumes `input` up to the end of the first event, or all of it.
    ///
    /// It unmasks in place, so it changes the consumed bytes.
    ///
    /// # Errors
    ///
    /// The first violation of the protocol, reported as early as it can be seen. After an error or
    /// an [`Event::Close`] the connection is over, and the decoder must not be used again.
    #[inline(always)]
    pub(crate) fn decode<'a>(
        &'a mut self,
        input: &'a mut [u8],
    ) -> Result<Decoded<'a>, ProtocolError> {
        if self.is_between_messages()
            && let Some((kind, mask, length)) = short_message(input)
            && length <= self.max_message_size
        {
            let consumed = SHORT_HEADER + length;
            let payload = &mut input[SHORT_HEADER..consumed];
            apply_mask(payload, mask, 0);
            let event = Some(Event::message(kind, false, payload)?);
            return Ok(Decoded { consumed, event });
        }
        let mut at = 0;
        loop {
            let (consumed, event) = match self.step(&mut input[at..])? {
                Step::Advanced(count) => {
                    at += count;
                    continue;
                }
                Step::Starved => (input.len(), None),
                Step::WholeMessage {
                    start,
                    kind,
                    header,
                } => {
                    let (end, payload) = unmask_payload(input, at + start, &header);
                    (end, Some(Event::message(kind, header.compressed, payload)?))
                }
                Step::WholeControl {
                    start,
                    control,
                    header,
                } => {
                    let (end, payload) = unmask_payload(input, at + start, &header);
                    (end, Some(Event::control(control, payload)?))
                }
                Step::KeptMessage(count) => {
                    let message = self.message.take();
                    (
                        at + count,
                        message.map(|message| message.finish()).transpose()?,
                    )
                }
                Step::KeptControl(count) => (at + count, self.stage.control_event()?),
            };
            return Ok(Decoded { consumed, event });
        }
    }

    /// Whether the next byte begins a frame, and no message is incomplete.
    #[inline]
    fn is_between_messages(&self) -> bool {
        matches!(&self.stage, Stage::Header(partial) if partial.is_empty())
            && self.message.is_none()
    }

    #[inline]
    fn step(&mut self, input: &mut [u8]) -> Result<Step, ProtocolError> {
        let rules = self.rules();
        match &mut self.stage {
            Stage::Header(partial) => match partial.read(input, rules)? {
                Some((header, start)) => self.begin_payload(header, start, input.len()),
                None => Ok(Step::Starved),
            },
            Stage::Data(frame) => {
                let message = self
                    .message
                    .as_mut()
                    .ok_or(ProtocolError::NothingToContinue)?;
                let count = frame.read(input, message)?;
                if !frame.is_complete() {
                    return Ok(Step::Starved);
                }
                let ends_message = frame.fin;
                self.stage = Stage::default();
                Ok(if ends_message {
                    Step::KeptMessage(count)
                } else {
                    Step::Advanced(count)
                })
            }
            // The event of the last call borrowed from this frame, so the frame could not be
            // dropped earlier.
            Stage::Control(control) if control.is_complete() => {
                self.stage = Stage::default();
                Ok(Step::Advanced(0))
            }
            Stage::Control(control) => {
                let count = control.read(input);
                Ok(if control.is_complete() {
                    Step::KeptControl(count)
                } else {
                    Step::Starved
                })
            }
        }
    }

    /// The rules for the next frame.
    #[inline]
    fn rules(&self) -> Rules {
        let received = self.message.as_ref().map_or(0, |message| message.len());
        Rules {
            compression: self.compression,
            in_message: self.message.is_some(),
            room: self.max_message_size.saturating_sub(received),
        }
    }

    /// Handles a header that ended at `start` of the `available` bytes. If the whole frame is in
    /// the input and is an event of its own, it is borrowed from the input. Otherwise it is kept
    /// until it is complete.
    #[inline]
    fn begin_payload(
        &mut self,
        header: FrameHeader,
        start: usize,
        available: usize,
    ) -> Result<Step, ProtocolError> {
        let is_whole = header.payload_len <= available - start;
        match header.role {
            Role::Control(control) if is_whole => {
                return Ok(Step::WholeControl {
                    start,
                    control,
                    header,
                });
            }
            Role::Start(kind) if is_whole && header.fin => {
                return Ok(Step::WholeMessage {
                    start,
                    kind,
                    header,
                });
            }
            Role::Control(control) => {
                self.stage = Stage::Control(Box::new(PartialControl::new(control, &header)));
            }
            Role::Start(kind) => {
                self.message = Some(Box::new(PartialMessage::new(kind, header.compressed)));
                self.keep_data(&header);
            }
            Role::Continue => {
                if let Some(message) = &mut self.message {
                    message.count_frame(self.max_frames)?;
                }
                self.keep_data(&header);
            }
        }
        Ok(Step::Advanced(start))
    }

    /// Prepares to append the following payload to the message.
    fn keep_data(&mut self, header: &FrameHeader) {
        if let Some(message) = &mut self.message {
            message.announce(header.payload_len, header.fin, self.max_message_size);
        }
        self.stage = Stage::Data(DataFrame::new(header));
    }
}

/// The fast path for the most frequent message: short, in one frame, not compressed, and completely
/// in the input. Returns its kind, masking key and length. All other input takes the general path,
/// which checks all rules.
#[inline]
fn short_message(input: &[u8]) -> Option<(Kind, [u8; 4], usize)> {
    let ([first, second, mask @ ..], payload) = input.split_first_chunk::<SHORT_HEADER>()?;
    let kind = match *first {
        WHOLE_TEXT => Kind::Text,
        WHOLE_BINARY => Kind::Binary,
        _ => return None,
    };
    let length = usize::from(second.checked_sub(MASKED)?);
    (length <= MAX_SHORT_LENGTH && length <= payload.len()).then_some((kind, *mask, length))
}

/// Unmasks the payload that starts at `start` of the input. Returns its end and the payload.
#[inline]
fn unmask_payload<'a>(
    input: &'a mut [u8],
    start: usize,
    header: &FrameHeader,
) -> (usize, &'a [u8]) {
    let end = start + header.payload_len;
    let payload = &mut input[start..end];
    apply_mask(payload, header.mask, 0);
    (end, payload)
}

#[cfg(test)]
mod tests;
