use flate2::{Decompress, FlushDecompress};

use super::{MAX_WINDOW_BITS, TAIL};
use crate::protocol::ProtocolError;

/// The least memory that is reserved for a message at first, unless its limit is smaller.
const FIRST_RESERVATION: usize = 256;

/// The factor of expansion for which memory is reserved in advance.
const EXPANSION: usize = 4;

/// The largest number of final blocks in one message. Each costs a restart of the inflater. Final
/// blocks are rare: section 7.2.3.4 allows them for compressors that cannot flush.
const MOST_FINAL_BLOCKS: usize = 16;

/// An empty final block. It is valid only where the block before it has ended.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// Inflates messages. It takes about 50 KiB.
#[derive(Debug)]
pub(crate) struct Inflater(Decompress);

/// How the input of one call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Inside the stream: more blocks may follow.
    Open,
    /// With a final block. This many input bytes are left after it.
    Last(usize),
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self(Decompress::new_with_window_bits(false, MAX_WINDOW_BITS))
    }

    /// Inflates a message. Its `payload` may refer back to the `history`.
    ///
    /// At most one byte more than `limit` is inflated.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::MessageTooBig`] if the message has more than `limit` bytes,
    /// [`ProtocolError::InvalidDeflate`] if the payload is incomplete or not valid DEFLATE.
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

    /// Makes bytes available for references, as if they had just been inflated.
    fn refer_to(&mut self, before: &[u8]) -> Result<(), ProtocolError> {
        if before.is_empty() {
            return Ok(());
        }
        let referred = self.0.set_dictionary(before);
        referred
            .map(|_| ())
            .map_err(|_| ProtocolError::InvalidDeflate)
    }

    /// Inflates the tail that every message must end with, and checks that the message is complete.
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
            // If the buffer is full, the inflater may have more output for the bytes that it has
            // read.
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

/// Makes room for at least one byte. It grows in steps that keep the cost of copying linear, up to
/// one byte above the limit: that byte shows that the message is too big.
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
