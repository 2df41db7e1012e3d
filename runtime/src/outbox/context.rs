//! Compression with context takeover: messages that refer back to earlier ones.
//!
//! The peer inflates messages in the order in which they are queued. So a message is compressed
//! under the lock of the outbox, and joins the history when it is queued. A dropped message never
//! joins it.
//!
//! Every compressed frame moves the peer's window. A compressor that kept a window per connection
//! would refer to the wrong place after a frame of another compressor, such as a publish. So
//! compressors keep no window, and get the history that a message may refer to together with the
//! message. The history is empty after such a frame.

use super::{DropReason, Outbox, ReadyState, SendStatus};
use crate::{
    compression::{Compression, deflate},
    config::Config,
    frame::Frame,
    protocol::{deflate::History, handshake::Agreement},
};

impl Outbox {
    /// [`Self::push`] for a message that is compressed and may refer back to earlier compressed
    /// messages.
    pub(crate) fn push_in_context(
        &mut self,
        plain: Frame<'_>,
        message_len: usize,
        agreement: Agreement,
        config: &Config,
    ) -> SendStatus {
        if self.state != ReadyState::Open {
            return SendStatus::Dropped(DropReason::Closed);
        }
        let window_bits = agreement.our_window_bits();
        let seldom = self.seldom.as_ref();
        let history = seldom.and_then(|seldom| seldom.history.as_ref());
        let history = history.map_or(&[][..], |it| it.as_bytes());
        let Some(frame) = deflate(&plain, window_bits, history) else {
            // A plain message does not join the history: the peer's window has only compressed
            // messages.
            return self.push(plain, message_len, config);
        };
        let status = self.push(Frame::Deflated(&frame, &plain), message_len, config);
        if !status.is_dropped()
            && let Some((_, message)) = plain.message()
        {
            let kept = match config.compression {
                Compression::Dedicated { window_bits: kept } => kept.min(window_bits),
                Compression::Off | Compression::Shared => window_bits,
            };
            self.seldom()
                .history
                .get_or_insert_with(|| Box::new(History::new(kept)))
                .push(message);
        }
        status
    }

    /// Empties the history, because a message is queued that was compressed by itself. That message
    /// may still be dropped or replaced, so later messages cannot refer to it either.
    pub(crate) fn forget_context(&mut self) {
        if let Some(seldom) = &mut self.seldom
            && let Some(history) = &mut seldom.history
        {
            history.clear();
        }
    }
}
