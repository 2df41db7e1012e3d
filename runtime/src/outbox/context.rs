//! Compressed messages that refer back to the ones before.
//!
//! The order in which messages are queued is the order in which the peer inflates them, so they are
//! compressed under the lock of the outbox, and become part of the history when they are queued: a
//! message that is dropped never was.
//!
//! Whatever arrives compressed moves the peer's window on. A compressor with a window of its own would
//! refer to the wrong place as soon as something came in between that another one has compressed, such
//! as a publish. Here nobody has one: what may be referred to is given with each message, and that is
//! nothing once such a frame has been queued.

use super::{Outbox, ReadyState, SendStatus};
use crate::{
    compression::{Compression, deflate},
    config::Config,
    frame::Frame,
    protocol::{deflate::History, handshake::Agreement},
};

impl Outbox {
    /// [`Self::push`] of a message that is to be compressed and may refer back to what was sent so
    /// before.
    pub(crate) fn push_in_context(
        &mut self,
        plain: Frame<'_>,
        message_len: usize,
        agreement: Agreement,
        config: &Config,
    ) -> SendStatus {
        if self.state != ReadyState::Open {
            return SendStatus::Dropped;
        }
        let window_bits = agreement.our_window_bits();
        let seldom = self.seldom.as_ref();
        let history = seldom.and_then(|seldom| seldom.history.as_ref());
        let history = history.map_or(&[][..], |it| it.as_bytes());
        let Some(frame) = deflate(&plain, window_bits, history) else {
            // The peer's window has only what was compressed.
            return self.push(plain, message_len, config);
        };
        let status = self.push(Frame::Deflated(&frame, &plain), message_len, config);
        if status != SendStatus::Dropped
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

    /// What is sent from now on refers to nothing that was sent before: a message comes in between
    /// that was compressed by itself, and that may be dropped or replaced while it waits.
    pub(crate) fn forget_context(&mut self) {
        if let Some(seldom) = &mut self.seldom
            && let Some(history) = &mut seldom.history
        {
            history.clear();
        }
    }
}
