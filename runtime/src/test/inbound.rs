//! A client's parser. It parses bytes as soon as they arrive, as a browser does. It does not wait
//! until the test asks for a message.

use std::{collections::VecDeque, mem};

use bytes::{Buf, Bytes, BytesMut};

use super::{
    deflation::Deflation,
    frame::{self, Frame},
};
use crate::{close::CloseCode, message::Message, protocol::Kind};

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;
const RSV2_AND_3: u8 = 0x30;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7f;
/// This bit of the opcode is set in control frames.
const CONTROL: u8 = 0x8;

/// The end of a connection, as the client sees it.
///
/// This struct is exhaustive: a Close frame has nothing else, and a test may compare with a whole
/// value.
///
/// ```
/// # use levante::{CloseCode, test::{Client, End}};
/// # async fn test(mut client: Client) {
/// let End { code, reason, .. } = client.closed().await;
/// assert_eq!((code, &*reason), (CloseCode::GoingAway, ""));
/// # }
/// # let _ = test;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The code of the server's Close frame. It is [`CloseCode::NoStatus`] (1005) if the frame had
    /// no code. It is [`CloseCode::Abnormal`] (1006) if the server sent no Close frame.
    pub code: CloseCode,
    /// The reason in the Close frame. It is empty if there is none.
    pub reason: String,
}

/// An item in the queue of messages.
#[derive(Clone, Debug)]
pub(super) enum Arrival {
    Message(Message),
    End(End),
    /// The server has broken the protocol. The text says how.
    Broken(String),
}

/// A ping or pong that has arrived.
#[derive(Clone, Debug)]
pub(super) enum Control {
    Ping(Bytes),
    Pong(Bytes),
}

/// The bytes and frames that a client has read.
#[derive(Default)]
pub(super) struct Inbound {
    /// The bytes that are not parsed yet.
    pub(super) bytes: BytesMut,
    /// `None` until the client has read the 101.
    pub(super) frames: Option<Frames>,
    /// No more bytes will arrive.
    pub(super) has_ended: bool,
}

impl Inbound {
    pub(super) fn read(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if let Some(frames) = &mut self.frames {
            frames.read(&mut self.bytes);
        }
    }

    /// Parses all bytes after the 101 as frames.
    pub(super) fn begin_frames(&mut self, deflation: Option<Deflation>) {
        let mut frames = Frames {
            arrived: VecDeque::new(),
            controls: VecDeque::new(),
            answers: Vec::new(),
            answering: true,
            closing: false,
            begun: None,
            deflation,
            is_over: false,
        };
        frames.read(&mut self.bytes);
        if self.has_ended {
            frames.end();
        }
        self.frames = Some(frames);
    }

    pub(super) fn end(&mut self) {
        self.has_ended = true;
        if let Some(frames) = &mut self.frames {
            frames.end();
        }
    }

    /// Takes the frames that the client has to send as answers to pings and Close frames.
    pub(super) fn take_answers(&mut self) -> Vec<u8> {
        let frames = self.frames.as_mut();
        frames.map_or_else(Vec::new, |frames| mem::take(&mut frames.answers))
    }
}

/// The state of a connection after its handshake.
pub(super) struct Frames {
    pub(super) arrived: VecDeque<Arrival>,
    pub(super) controls: VecDeque<Control>,
    answers: Vec<u8>,
    /// Whether the client answers pings and Close frames.
    pub(super) answering: bool,
    /// The client has sent a Close frame.
    pub(super) closing: bool,
    /// An incomplete message: its kind, whether it is compressed, and the payload so far.
    begun: Option<(Kind, bool, Vec<u8>)>,
    pub(super) deflation: Option<Deflation>,
    /// The connection has ended or the server has broken the protocol. Later bytes are ignored.
    is_over: bool,
}

impl Frames {
    fn read(&mut self, bytes: &mut BytesMut) {
        while !self.is_over {
            let done = match take_frame(bytes) {
                Ok(None) => return,
                Ok(Some((first, payload))) => self.take(first, payload),
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                self.is_over = true;
                self.arrived.push_back(Arrival::Broken(error.to_owned()));
            }
        }
        bytes.clear();
    }

    fn end(&mut self) {
        if !mem::replace(&mut self.is_over, true) {
            let (code, reason) = (CloseCode::Abnormal, String::new());
            self.arrived.push_back(Arrival::End(End { code, reason }));
        }
    }

    fn take(&mut self, first: u8, payload: Bytes) -> Result<(), &'static str> {
        if first & RSV2_AND_3 != 0 {
            return Err("a frame with RSV2 or RSV3");
        }
        let (is_final, compressed) = (first & FIN != 0, first & RSV1 != 0);
        if compressed && self.deflation.is_none() {
            return Err("a compressed frame, which was not agreed on");
        }
        let opcode = first & OPCODE;
        if opcode & CONTROL != 0 {
            if !is_final || compressed || payload.len() > 125 {
                return Err("a control frame that is fragmented, compressed or too long");
            }
            return self.take_control(opcode, payload);
        }
        match (opcode, self.begun.is_some()) {
            (frame::TEXT, false) => self.begun = Some((Kind::Text, compressed, Vec::new())),
            (frame::BINARY, false) => self.begun = Some((Kind::Binary, compressed, Vec::new())),
            (frame::CONTINUATION, true) if !compressed => {}
            _ => return Err("a frame that cannot stand where it does"),
        }
        if let Some((_, _, begun)) = &mut self.begun {
            begun.extend_from_slice(&payload);
        }
        match self.begun.take_if(|_| is_final) {
            Some(whole) => self.take_message(whole),
            None => Ok(()),
        }
    }

    fn take_message(
        &mut self,
        (kind, compressed, payload): (Kind, bool, Vec<u8>),
    ) -> Result<(), &'static str> {
        let payload = match &mut self.deflation {
            Some(deflation) if compressed => deflation
                .inflate(payload)
                .ok_or("a compressed message that cannot be inflated")?,
            _ => payload,
        };
        let message = Message::new(kind, payload.into()).ok_or("a text that is not UTF-8")?;
        self.arrived.push_back(Arrival::Message(message));
        Ok(())
    }

    fn take_control(&mut self, opcode: u8, payload: Bytes) -> Result<(), &'static str> {
        match opcode {
            frame::PING => {
                if self.answering {
                    self.answers.extend(Frame::pong(&payload).bytes());
                }
                self.controls.push_back(Control::Ping(payload));
            }
            frame::PONG => self.controls.push_back(Control::Pong(payload)),
            frame::CLOSE => {
                self.is_over = true;
                let end = read_close(payload.clone())?;
                if self.answering && !mem::replace(&mut self.closing, true) {
                    let code = &payload[..payload.len().min(2)];
                    self.answers.extend(Frame::new(frame::CLOSE, code).bytes());
                }
                self.arrived.push_back(Arrival::End(end));
            }
            _ => return Err("a frame with a reserved opcode"),
        }
        Ok(())
    }
}

/// Removes the first frame from `bytes`: returns its first byte and its payload. `None` if the
/// frame is incomplete.
fn take_frame(bytes: &mut BytesMut) -> Result<Option<(u8, Bytes)>, &'static str> {
    let Some((&[first, second], rest)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    if second & MASKED != 0 {
        return Err("a masked frame");
    }
    let (header, length) = match second & LENGTH {
        126 => match rest.first_chunk() {
            Some(length) => (4, u64::from(u16::from_be_bytes(*length))),
            None => return Ok(None),
        },
        127 => match rest.first_chunk() {
            Some(length) => (10, u64::from_be_bytes(*length)),
            None => return Ok(None),
        },
        length => (2, u64::from(length)),
    };
    let length = usize::try_from(length).map_err(|_| "a frame that no memory can hold")?;
    if bytes.len() - header < length {
        return Ok(None);
    }
    bytes.advance(header);
    Ok(Some((first, bytes.split_to(length).freeze())))
}

fn read_close(mut payload: Bytes) -> Result<End, &'static str> {
    let code = match payload.len() {
        0 => CloseCode::NoStatus,
        1 => return Err("a Close frame with half a code"),
        _ => payload.get_u16().into(),
    };
    let reason = String::from_utf8(payload.into());
    let reason = reason.map_err(|_| "a Close frame whose reason is not UTF-8")?;
    Ok(End { code, reason })
}
