mod message;
mod stage;

use self::{
    message::PartialMessage,
    stage::{DataFrame, PartialControl, PartialHeader, Stage},
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
///
/// Each connection has a decoder, and all connections of an endpoint have the same limits. So the
/// caller passes the limits.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// `None` between two messages, which is nearly always. Boxed for the same reason.
    partial: Option<Box<Partial>>,
}

/// The limits on the messages of a client. They must be the same for all calls of a decoder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The size of a message before it is inflated.
    pub(crate) max_message_size: usize,
    /// The number of frames of a message.
    pub(crate) max_frames: u32,
    /// Whether permessage-deflate was negotiated.
    pub(crate) compression: bool,
}

/// What has arrived of a frame or a message.
#[derive(Debug, Default)]
struct Partial {
    /// How much of the current frame has arrived.
    stage: Stage,
    /// The message that has begun and is not complete. It is separate from the current frame,
    /// because control frames may come between its frames.
    message: Option<PartialMessage>,
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
        limits: Limits,
    ) -> Result<Decoded<'a>, ProtocolError> {
        if self.partial.is_none()
            && let Some((kind, mask, length)) = short_message(input)
            && length <= limits.max_message_size
        {
            let consumed = SHORT_HEADER + length;
            let payload = &mut input[SHORT_HEADER..consumed];
            apply_mask(payload, mask, 0);
            let event = Some(Event::message(kind, false, payload)?);
            return Ok(Decoded { consumed, event });
        }
        let mut at = 0;
        loop {
            let (consumed, event) = match self.step(&mut input[at..], limits)? {
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
                    let message = self.partial.take().and_then(|partial| partial.message);
                    (at + count, message.map(PartialMessage::finish).transpose()?)
                }
                Step::KeptControl(count) => {
                    let partial = self.partial.as_ref();
                    let event = partial.map(|partial| partial.stage.control_event());
                    (at + count, event.transpose()?.flatten())
                }
            };
            return Ok(Decoded { consumed, event });
        }
    }

    #[inline]
    fn step(&mut self, input: &mut [u8], limits: Limits) -> Result<Step, ProtocolError> {
        let message = self.message();
        let rules = Rules {
            compression: limits.compression,
            in_message: message.is_some(),
            room: limits
                .max_message_size
                .saturating_sub(message.map_or(0, PartialMessage::len)),
        };
        let Some(partial) = &mut self.partial else {
            return match FrameHeader::parse(input, rules)? {
                Some(header) => self.begin_payload(header, header.header_len, input.len(), limits),
                None => {
                    self.keep_header(input);
                    Ok(Step::Starved)
                }
            };
        };
        match &mut partial.stage {
            Stage::Header(header) => match header.read(input, rules)? {
                Some((header, start)) => {
                    self.forget_frame();
                    self.begin_payload(header, start, input.len(), limits)
                }
                None => Ok(Step::Starved),
            },
            Stage::Data(frame) => {
                let message = partial.message.as_mut();
                let message = message.ok_or(ProtocolError::NothingToContinue)?;
                let count = frame.read(input, message)?;
                if !frame.is_complete() {
                    return Ok(Step::Starved);
                }
                if frame.fin {
                    return Ok(Step::KeptMessage(count));
                }
                self.forget_frame();
                Ok(Step::Advanced(count))
            }
            // The event of the last call borrowed from this frame, so the frame could not be
            // dropped earlier.
            Stage::Control(control) if control.is_complete() => {
                self.forget_frame();
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

    /// Handles a header that ended at `start` of the `available` bytes. If the whole frame is in
    /// the input and is an event of its own, it is borrowed from the input. Otherwise it is kept
    /// until it is complete.
    #[inline]
    fn begin_payload(
        &mut self,
        header: FrameHeader,
        start: usize,
        available: usize,
        limits: Limits,
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
                let control = Box::new(PartialControl::new(control, &header));
                self.partial().stage = Stage::Control(control);
            }
            Role::Start(kind) => {
                let partial = self.partial();
                partial.message = Some(PartialMessage::new(kind, header.compressed));
                partial.begin_data(&header, limits);
            }
            Role::Continue => {
                let partial = self.partial();
                if let Some(message) = &mut partial.message {
                    message.count_frame(limits.max_frames)?;
                }
                partial.begin_data(&header, limits);
            }
        }
        Ok(Step::Advanced(start))
    }

    /// Keeps the first bytes of a header.
    #[cold]
    fn keep_header(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.partial().stage = Stage::Header(PartialHeader::of(bytes));
        }
    }

    /// Called when a frame is complete or has become an event.
    fn forget_frame(&mut self) {
        match &mut self.partial {
            Some(partial) if partial.message.is_some() => partial.stage = Stage::default(),
            partial => *partial = None,
        }
    }

    /// The message that has begun and is not complete.
    fn message(&self) -> Option<&PartialMessage> {
        self.partial.as_ref()?.message.as_ref()
    }

    fn partial(&mut self) -> &mut Partial {
        self.partial.get_or_insert_default()
    }
}

impl Partial {
    /// Prepares to append the following payload to the message.
    fn begin_data(&mut self, header: &FrameHeader, limits: Limits) {
        if let Some(message) = &mut self.message {
            message.announce(header.payload_len, header.fin, limits.max_message_size);
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
