//! Encoded frames, in the forms in which queues take them.

mod run;

use bytes::Bytes;

pub(crate) use self::run::{Frames, Run};
use crate::{
    guard::SharedBytes,
    message::{Kind, Message, Outgoing, Payload, SHARE_FROM},
    protocol::{Header, message_in, payload_len_of},
};

/// A frame that is to be queued.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Frame<'a> {
    /// Whole frames that are copied.
    Encoded(&'a [u8]),
    /// Whole frames that many queues get.
    Shared(&'a Bytes),
    /// A frame that is cheaper to copy than to reference.
    Small(Header, &'a [u8]),
    /// A frame whose payload is queued by reference.
    Large(Header, &'a Bytes),
    /// A compressed frame, and the plain one of the same message.
    Deflated(&'a Bytes, &'a Frame<'a>),
}

impl Frame<'_> {
    /// Makes a frame of a message, for any number of queues.
    #[inline(always)]
    pub(crate) fn of<R>(message: &Outgoing<'_>, queue: impl FnOnce(Frame<'_>) -> R) -> R {
        let payload = message.payload.as_bytes();
        let header = Header::new(message.kind.into(), false, payload.len());
        if payload.len() < SHARE_FROM {
            queue(Frame::Small(header, payload))
        } else {
            Self::of_large(header, message.payload, queue)
        }
    }

    /// A separate function, so that the way of small frames can be inlined.
    #[cold]
    #[inline(never)]
    fn of_large<R>(header: Header, payload: Payload<'_>, queue: impl FnOnce(Frame<'_>) -> R) -> R {
        match payload {
            Payload::Shared(bytes) => queue(Frame::Large(header, bytes)),
            Payload::Borrowed(bytes) => queue(Frame::Large(header, &bytes.to_vec().into())),
        }
    }

    /// The message in the frame; `None` for a control frame.
    pub(crate) fn message(&self) -> Option<(Kind, &[u8])> {
        match self {
            Self::Encoded(frame) => message_in(frame),
            Self::Shared(frame) => message_in(frame),
            Self::Small(header, payload) => Some((header.kind()?, payload)),
            Self::Large(header, payload) => Some((header.kind()?, payload)),
            Self::Deflated(_, plain) => plain.message(),
        }
    }

    /// The length of the payload of a single frame, before it is compressed.
    #[inline]
    pub(crate) fn payload_len(&self) -> usize {
        match self {
            Self::Encoded(frame) => payload_len_of(frame.len()),
            Self::Shared(frame) => payload_len_of(frame.len()),
            Self::Small(_, payload) => payload.len(),
            Self::Large(_, payload) => payload.len(),
            Self::Deflated(_, plain) => plain.payload_len(),
        }
    }

    /// An owned copy of the message. Shares the payload if that is shared already.
    pub(crate) fn to_message(self) -> Option<Message> {
        let (kind, payload) = self.message()?;
        let payload = match self {
            Self::Shared(frame) => frame.slice_ref(payload),
            Self::Large(_, payload) => payload.clone(),
            Self::Deflated(_, plain) => return plain.to_message(),
            Self::Encoded(_) | Self::Small(..) => Bytes::copy_from_slice(payload),
        };
        Message::new(kind, payload)
    }

    /// Appends the bytes of the frame on the wire.
    #[inline(always)]
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Encoded(frames) => out.extend_from_slice(frames),
            Self::Shared(frames) | Self::Deflated(frames, _) => out.extend_from_slice(frames),
            Self::Small(header, payload) => header.append_with(payload, out),
            Self::Large(header, payload) => header.append_with(payload, out),
        }
    }

    /// The number of bytes on the wire.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Encoded(frames) => frames.len(),
            Self::Shared(frames) | Self::Deflated(frames, _) => frames.len(),
            Self::Small(header, payload) => header.as_bytes().len() + payload.len(),
            Self::Large(header, payload) => header.as_bytes().len() + payload.len(),
        }
    }
}

/// A frame that many queues on many threads refer to.
#[derive(Clone, Debug)]
pub(crate) enum SharedFrame {
    Encoded(Bytes),
    Large(Header, SharedBytes),
}

impl SharedFrame {
    pub(crate) fn new(frame: Frame<'_>) -> Self {
        match frame {
            Frame::Encoded(bytes) => Self::Encoded(Bytes::copy_from_slice(bytes)),
            Frame::Shared(bytes) | Frame::Deflated(bytes, _) => Self::Encoded(bytes.clone()),
            Frame::Large(header, payload) => Self::Large(header, payload.clone().into()),
            Frame::Small(header, payload) => {
                Self::Encoded([header.as_bytes(), payload].concat().into())
            }
        }
    }

    /// The two pieces of the frame in memory. The second may be empty.
    pub(crate) fn pieces(&self) -> [&[u8]; 2] {
        match self {
            Self::Encoded(frame) => [frame, &[]],
            Self::Large(header, payload) => [header.as_bytes(), payload],
        }
    }

    /// The message in the frame; `None` for a control frame.
    pub(crate) fn message(&self) -> Option<(Kind, &[u8])> {
        match self {
            Self::Encoded(frame) => message_in(frame),
            Self::Large(header, payload) => Some((header.kind()?, payload)),
        }
    }

    pub(crate) fn as_frame(&self) -> Frame<'_> {
        match self {
            Self::Encoded(bytes) => Frame::Shared(bytes),
            Self::Large(header, payload) => Frame::Large(*header, payload),
        }
    }
}
