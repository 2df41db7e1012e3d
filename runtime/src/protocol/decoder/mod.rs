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
/// A message that arrives whole is handed out from where it lies. Whatever arrives in part is kept
/// here, so that a connection has no unread bytes to keep; nothing is kept beyond its event.
#[derive(Debug)]
pub(crate) struct Decoder {
    max_message_size: usize,
    max_frames: u32,
    compression: bool,
    /// How far the frame is that is arriving.
    stage: Stage,
    /// The message that was started and not finished. It outlives the frames that it is made of,
    /// for control frames may come in between.
    message: Option<Box<PartialMessage>>,
}

/// How far [`Decoder::decode`] came.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    /// How many bytes of the input are done with. Without an event, that is all of them.
    pub(crate) consumed: usize,
    /// What the last of them completed.
    pub(crate) event: Option<Event<'a>>,
}

/// What one step through the input leads to. The numbers count bytes from where the step began.
enum Step {
    /// All of the input is consumed, and more is needed.
    Starved,
    /// So many bytes are consumed, and there is no event yet.
    Advanced(usize),
    /// From `start` on, the input holds the payload of a message in one frame.
    WholeMessage {
        start: usize,
        kind: Kind,
        header: FrameHeader,
    },
    /// From `start` on, the input holds the payload of a control frame.
    WholeControl {
        start: usize,
        control: Control,
        header: FrameHeader,
    },
    /// So many bytes are consumed, and they complete the message that is kept.
    KeptMessage(usize),
    /// So many bytes are consumed, and they complete the control frame that is kept.
    KeptControl(usize),
}

impl Decoder {
    /// A decoder for a new connection. `compression` says whether permessage-deflate was
    /// negotiated; the limit is on the size of a message as it travels, before it is inflated.
    pub(crate) fn new(max_message_size: usize, compression: bool) -> Self {
        Self {
            max_message_size,
            max_frames: u32::MAX,
            compression,
            stage: Stage::default(),
            message: None,
        }
    }

    /// Refuses a message that comes in more frames than that.
    pub(crate) fn with_max_frames(self, max_frames: u32) -> Self {
        Self { max_frames, ..self }
    }

    /// Consumes the bytes of `input` up to the end of the first event, or all of them.
    ///
    /// It unmasks in place: bytes that are consumed are no longer what the peer has sent.
    ///
    /// # Errors
    ///
    /// The first violation of the protocol, as early as it shows. After an error or an
    /// [`Event::Close`] the connection is over, and the decoder is not to be used any more.
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

    /// Whether the next byte is the first of a frame, and no message has been started.
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
            // Its event borrowed from it, so only now can it go.
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

    /// What the next frame may be.
    #[inline]
    fn rules(&self) -> Rules {
        let received = self.message.as_ref().map_or(0, |message| message.len());
        Rules {
            compression: self.compression,
            in_message: self.message.is_some(),
            room: self.max_message_size.saturating_sub(received),
        }
    }

    /// Goes on from a header that ended at `start` of the `available` bytes: hands the frame out
    /// from where it lies if it is an event of its own, or prepares to keep it.
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

    /// Prepares to append the payload that follows to the message.
    fn keep_data(&mut self, header: &FrameHeader) {
        if let Some(message) = &mut self.message {
            message.announce(header.payload_len, header.fin, self.max_message_size);
        }
        self.stage = Stage::Data(DataFrame::new(header));
    }
}

/// The kind, masking key and length of the message that `input` begins with, if it is of the sort
/// that most are: short, in one frame and not compressed, and all of it there. Any other takes the
/// longer way, which knows all the rules.
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

/// Unmasks the payload that starts at `start` of the input, and says where it ends.
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
