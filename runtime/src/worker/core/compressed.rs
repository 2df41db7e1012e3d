//! Compressed messages to one peer.

use std::ops::RangeInclusive;

use super::Core;
use crate::{
    compression::{Deflated, deflate},
    frame::Frame,
    message::Outgoing,
    outbox::SendStatus,
    protocol::{deflate::MIN_DEFLATER_BITS, handshake::Agreement},
};

/// What compressing a message costs besides its bytes, in deliveries.
const DEFLATED: usize = 64;

impl Core {
    /// The lengths of the messages that the peer can be given as they were compressed for all; `None`
    /// if it can be given none.
    pub(crate) fn deflated_lengths(&self) -> Option<RangeInclusive<usize>> {
        let longest = self.compression?.longest_for(Deflated::WINDOW_BITS);
        Some(self.config.compression_threshold..=longest)
    }

    /// Sends a message compressed, if it is worth it.
    ///
    /// Kept apart, so that messages which are not compressed do not pay for it.
    #[cold]
    pub(super) fn send_compressed(
        &self,
        message: Outgoing<'_>,
        agreement: Agreement,
    ) -> SendStatus {
        let message_len = message.payload.as_bytes().len();
        Frame::of(&message, |plain| {
            let window_bits = agreement.our_window_bits();
            // For the smallest window there is no compressor; one for the next is used instead.
            let longest = agreement.longest_for(window_bits.max(MIN_DEFLATER_BITS));
            let is_worth_it = (self.config.compression_threshold..=longest).contains(&message_len);
            if is_worth_it {
                self.worker.count(DEFLATED + message_len / 16);
            }
            if is_worth_it && agreement.we_take_context_over() {
                // Compressed it is no longer than that.
                return self.with_room_for(plain.len(), |outbox| {
                    outbox.push_in_context(plain, message_len, agreement, &self.config)
                });
            }
            let deflated = is_worth_it.then(|| deflate(&plain, window_bits, &[]));
            match deflated.flatten() {
                Some(frame) => self.push_apart(Frame::Deflated(&frame, &plain), message_len),
                None => self.push_apart(plain, message_len),
            }
        })
    }

    /// [`Self::push`], which with a single caller becomes a part of that.
    fn push_apart(&self, frame: Frame<'_>, message_len: usize) -> SendStatus {
        self.with_room_for(frame.len(), |outbox| {
            outbox.push(frame, message_len, &self.config)
        })
    }
}
