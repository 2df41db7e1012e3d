//! Sends compressed messages to one peer.

use std::ops::RangeInclusive;

use super::Core;
use crate::{
    compression::{Deflated, deflate},
    frame::Frame,
    message::Outgoing,
    outbox::SendStatus,
    protocol::handshake::Agreement,
};

/// The cost of compressing a message besides its bytes, in deliveries.
const DEFLATED: usize = 64;

impl Core {
    /// The lengths of messages that the peer accepts in the compressed form that is shared by all
    /// subscribers; `None` if it accepts no compressed messages.
    pub(crate) fn deflated_lengths(&self) -> Option<RangeInclusive<usize>> {
        let longest = self.compression?.longest_for(Deflated::WINDOW_BITS);
        Some(self.config.compression_threshold..=longest)
    }

    /// Sends a message compressed, if its length makes that worthwhile.
    ///
    /// A separate function, so that uncompressed messages do not pay for it.
    #[cold]
    pub(super) fn send_compressed(
        &self,
        message: Outgoing<'_>,
        agreement: Agreement,
    ) -> SendStatus {
        let message_len = message.payload.as_bytes().len();
        Frame::of(&message, |plain| {
            let window_bits = agreement.our_window_bits();
            let is_worth_it = message_len >= self.config.compression_threshold;
            if is_worth_it {
                self.worker.count(DEFLATED + message_len / 16);
            }
            if is_worth_it && agreement.we_take_context_over() {
                // The compressed frame is no longer than the plain one.
                return self.with_room_for(plain.len(), |outbox, _| {
                    self.counted(outbox, message_len, |outbox| {
                        outbox.push_in_context(plain, message_len, agreement, &self.config)
                    })
                });
            }
            let deflated = is_worth_it.then(|| deflate(&plain, window_bits, &[]));
            match deflated.flatten() {
                Some(frame) => self.push_apart(Frame::Deflated(&frame, &plain), message_len),
                None => self.push_apart(plain, message_len),
            }
        })
    }

    /// A copy of [`Self::push`], so that `push` has a single caller and is inlined there.
    fn push_apart(&self, frame: Frame<'_>, message_len: usize) -> SendStatus {
        self.with_room_for(frame.len(), |outbox, has_room| {
            self.counted(outbox, message_len, |outbox| {
                outbox.push_if(has_room, frame, message_len, &self.config)
            })
        })
    }
}
