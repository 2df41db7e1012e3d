//! Compressed messages to one peer.

use super::Core;
use crate::{
    compression::{Deflated, deflate},
    outbox::{Frame, SendStatus},
    protocol::deflate::MIN_DEFLATER_BITS,
};

impl Core {
    /// Whether the peer can be given a message of so many bytes as it was compressed for all.
    pub(crate) fn takes_deflated(&self, message_len: usize) -> bool {
        self.compression.is_some_and(|agreement| {
            message_len >= self.config.compression_threshold
                && agreement.takes(message_len, Deflated::WINDOW_BITS)
        })
    }

    /// Queues a message compressed, if it is worth it and the peer takes it so.
    pub(super) fn push_compressed(&self, plain: Frame<'_>, message_len: usize) -> SendStatus {
        let Some(agreement) = self.compression else {
            return self.push(plain, message_len);
        };
        let window_bits = agreement.our_window_bits();
        // For the smallest window there is no compressor; one for the next is used instead.
        let is_worth_it = message_len >= self.config.compression_threshold
            && agreement.takes(message_len, window_bits.max(MIN_DEFLATER_BITS));
        if !is_worth_it {
            return self.push(plain, message_len);
        }
        if agreement.we_take_context_over() {
            return self.with_outbox(|outbox| {
                outbox.push_in_context(plain, message_len, agreement, &self.config)
            });
        }
        match deflate(&plain, window_bits, &[]) {
            Some(frame) => self.push(Frame::Deflated(&frame, &plain), message_len),
            None => self.push(plain, message_len),
        }
    }
}
