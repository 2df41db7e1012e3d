use flate2::{Decompress, FlushDecompress};

use super::{MAX_WINDOW_BITS, TAIL};
use crate::protocol::ProtocolError;

/// What is reserved for a message at first, if it is not expected to be larger.
const FIRST_RESERVATION: usize = 256;

/// A message expands by this much before it is looked at again.
const EXPANSION: usize = 4;

/// So many blocks of a message may claim to be the last. Each costs a new start, and is hardly ever
/// used: section 7.2.3.4 has it for who cannot flush otherwise.
const MOST_FINAL_BLOCKS: usize = 16;

/// An empty last block. It only follows where a block has ended.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// Inflates messages. It takes some 50 KiB.
#[derive(Debug)]
pub(crate) struct Inflater(Decompress);

/// How a piece of input has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Within the stream: more may follow.
    Open,
    /// With a last block, behind which so many bytes are left.
    Last(usize),
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self(Decompress::new_with_window_bits(false, MAX_WINDOW_BITS))
    }

    /// The message that arrived as `payload`. It may refer back to the `history`.
    ///
    /// It never holds more than `limit` bytes and one.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::MessageTooBig`] if there are more than `limit` bytes,
    /// [`ProtocolError::InvalidDeflate`] if it is not whole or not what DEFLATE makes.
    pub(crate) fn inflate(
        &mut self,
        history: &[u8],
        payload: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, ProtocolError> {
        let mut message = Vec::new();
        self.start(history)?;
        let mut rest = payload;
        for _ in 0..MOST_FINAL_BLOCKS {
            match self.feed(rest, &mut message, limit)? {
                End::Open => return self.finish(message, limit),
                End::Last(0) => return Ok(message),
                End::Last(left) => {
                    rest = &rest[rest.len() - left..];
                    self.start(history)?;
                    self.refer_to(&message)?;
                }
            }
        }
        Err(ProtocolError::InvalidDeflate)
    }

    /// Begins a stream.
    fn start(&mut self, history: &[u8]) -> Result<(), ProtocolError> {
        self.0.reset(false);
        self.refer_to(history)
    }

    /// Takes bytes as if they had just been inflated.
    fn refer_to(&mut self, before: &[u8]) -> Result<(), ProtocolError> {
        if before.is_empty() {
            return Ok(());
        }
        let referred = self.0.set_dictionary(before);
        referred
            .map(|_| ())
            .map_err(|_| ProtocolError::InvalidDeflate)
    }

    /// Inflates what the message must end with.
    fn finish(&mut self, mut message: Vec<u8>, limit: usize) -> Result<Vec<u8>, ProtocolError> {
        self.feed(&TAIL, &mut message, limit)?;
        match self.feed(&LAST_BLOCK, &mut message, limit)? {
            End::Last(0) => Ok(message),
            End::Last(_) | End::Open => Err(ProtocolError::InvalidDeflate),
        }
    }

    fn feed(
        &mut self,
        mut input: &[u8],
        message: &mut Vec<u8>,
        limit: usize,
    ) -> Result<End, ProtocolError> {
        loop {
            make_room(message, input.len(), limit);
            let (read, written) = (self.0.total_in(), message.len());
            let status = self
                .0
                .decompress_vec(input, message, FlushDecompress::None)
                .map_err(|_| ProtocolError::InvalidDeflate)?;
            input = &input[(self.0.total_in() - read) as usize..];
            if message.len() > limit {
                return Err(ProtocolError::MessageTooBig);
            }
            if status == flate2::Status::StreamEnd {
                return Ok(End::Last(input.len()));
            }
            // Without room there may be more to come of what was read.
            if message.len() < message.capacity() {
                if input.is_empty() {
                    return Ok(End::Open);
                }
                if message.len() == written && self.0.total_in() == read {
                    return Err(ProtocolError::InvalidDeflate);
                }
            }
        }
    }
}

/// Makes room for at least one byte, in steps that keep the copying linear, and for no more than one
/// byte beyond the limit, by which a message shows that it is too big.
fn make_room(message: &mut Vec<u8>, input_len: usize, limit: usize) {
    if message.len() < message.capacity() {
        return;
    }
    let ample = input_len
        .saturating_mul(EXPANSION)
        .max(message.len().saturating_mul(2))
        .max(FIRST_RESERVATION);
    let target = ample.min(limit.saturating_add(1));
    message.reserve_exact(target.saturating_sub(message.len()).max(1));
}
