//! The compressors and the inflater of this thread.

use std::cell::RefCell;

use bytes::Bytes;

use crate::{
    frame::Frame,
    protocol::{
        ProtocolError, append_frame,
        deflate::{Encoder, Inflater},
    },
};

/// The capacity up to which the buffer for compressed bytes is kept.
const MOST_SPARE: usize = 64 << 10;

thread_local! {
    static TOOLS: RefCell<Tools> = const {
        RefCell::new(Tools {
            encoder: None,
            inflater: None,
            buffer: Vec::new(),
        })
    };
}

/// Each tool is made when it is first needed. Boxed, so that a thread that needs none pays little.
struct Tools {
    encoder: Option<Box<Encoder>>,
    inflater: Option<Box<Inflater>>,
    buffer: Vec<u8>,
}

/// The compressed frame of a message that may refer back to the `history`, by at most the window of
/// `window_bits`. `None` if the frame is not shorter.
pub(crate) fn deflate(plain: &Frame<'_>, window_bits: u8, history: &[u8]) -> Option<Bytes> {
    // A message may be sent while the thread drops its own data.
    TOOLS
        .try_with(|tools| tools.borrow_mut().deflate(plain, window_bits, history))
        .ok()
        .flatten()
}

/// The message in the compressed `payload`; see [`Inflater::inflate`].
pub(crate) fn inflate(
    payload: &[u8],
    history: &[u8],
    limit: usize,
) -> Result<Vec<u8>, ProtocolError> {
    TOOLS.with_borrow_mut(|tools| {
        tools
            .inflater
            .get_or_insert_with(|| Box::new(Inflater::new()))
            .inflate(history, payload, limit)
    })
}

impl Tools {
    fn deflate(&mut self, plain: &Frame<'_>, window_bits: u8, history: &[u8]) -> Option<Bytes> {
        let (kind, payload) = plain.message()?;
        self.buffer.clear();
        self.encoder
            .get_or_insert_with(|| Box::new(Encoder::new()))
            .encode(history, payload, window_bits, &mut self.buffer);
        let is_shorter = self.buffer.len() < payload.len();
        let frame = is_shorter.then(|| {
            // Boxed without spare capacity, because the frame may wait in a queue.
            let mut frame = Vec::new();
            append_frame(&mut frame, kind.into(), true, &self.buffer);
            frame.into_boxed_slice().into()
        });
        if self.buffer.capacity() > MOST_SPARE {
            self.buffer = Vec::new();
        }
        frame
    }
}
