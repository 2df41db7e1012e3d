use std::io::IoSlice;

use bytes::Bytes;

use crate::{
    close::{CloseReason, ClosedBy},
    config::Config,
    frame::Frame,
    message::{IntoMessage, Outgoing},
    outbox::{self, Copies, Delivery, DropReason, ReadyState, SendStatus, Terms},
    policy::Policy,
    protocol::Opcode,
};

/// The outbox of a connection, without the connection.
#[derive(Debug)]
pub struct Outbox {
    inner: outbox::Outbox,
    config: Config,
}

impl Outbox {
    /// Makes an empty outbox with these limits.
    pub fn new(config: Config) -> Self {
        Self {
            inner: outbox::Outbox::default(),
            config,
        }
    }

    /// Queues a message, as `send` does.
    pub fn send(&mut self, message: impl IntoMessage) -> SendStatus {
        let sent = message.lend(|outgoing: Outgoing<'_>| {
            let payload_len = outgoing.payload.as_bytes().len();
            Frame::of(&outgoing, |frame| {
                self.inner.push(frame, payload_len, &self.config)
            })
        });
        sent.unwrap_or(SendStatus::Dropped(DropReason::Invalid))
    }

    /// Queues a published message for a subscriber. Returns whether the outbox must be written at
    /// once.
    pub fn deliver(&mut self, topic: &str, message: impl IntoMessage, policy: Policy<'_>) -> bool {
        let terms = Terms::new(policy, topic);
        let delivered = message.lend(|outgoing: Outgoing<'_>| {
            Frame::of(&outgoing, |frame| {
                let delivery = Delivery::new(frame, &terms);
                self.inner
                    .deliver_alone(&delivery, &self.config, &mut Copies::default())
            })
        });
        delivered.unwrap_or(false)
    }

    /// The memory of a waiting message with a key, besides its bytes.
    pub const OVERHEAD: usize = outbox::Name::OVERHEAD;

    /// Queues a ping, as `ping` does.
    pub fn ping(&mut self, payload: &[u8]) -> SendStatus {
        self.inner.push_control(Opcode::Ping, payload, &self.config)
    }

    /// Queues the answer to a ping of the peer.
    pub fn answer_ping(&mut self, payload: &[u8]) {
        self.inner.answer_ping(payload, &self.config);
    }

    /// Closes the outbox, as `close_with` does.
    pub fn close(&mut self, code: u16, reason: &str) -> bool {
        self.inner
            .close(CloseReason::new(code.into(), reason, ClosedBy::Server))
    }

    /// Writes up to `max` bytes of the first `pieces` pieces, and returns them.
    pub fn write(&mut self, pieces: usize, max: usize) -> Vec<u8> {
        let mut slices = vec![IoSlice::new(&[]); pieces];
        let filled = self.inner.peek(&mut slices);
        let pieces = slices[..filled].iter().flat_map(|piece| &**piece);
        let written: Vec<u8> = pieces.take(max).copied().collect();
        self.inner.advance(written.len());
        written
    }

    /// Takes up to about `max` bytes to write.
    pub fn take(&mut self, max: usize) -> Option<Bytes> {
        self.inner.take(max)
    }

    /// Records whether the last write found no room.
    pub fn set_stalled(&mut self, stalled: bool) {
        self.inner.set_stalled(stalled);
    }

    /// Whether a `drain` call is due. Taking it clears it.
    pub fn take_drain(&mut self) -> bool {
        self.inner.take_drain()
    }

    /// The bytes that are accepted and not written yet.
    pub fn buffered_amount(&self) -> usize {
        self.inner.buffered_amount()
    }

    /// The state of the connection.
    pub fn state(&self) -> ReadyState {
        self.inner.state()
    }
}
