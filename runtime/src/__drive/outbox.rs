use std::io::IoSlice;

use bytes::Bytes;

use crate::{
    close::{CloseReason, ClosedBy},
    config::Config,
    frame::Frame,
    message::{IntoMessage, Outgoing},
    outbox::{self, Copies, Delivery, ReadyState, SendStatus, Terms},
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
    /// An empty one with these limits.
    pub fn new(config: Config) -> Self {
        Self {
            inner: outbox::Outbox::default(),
            config,
        }
    }

    /// What `send` does.
    pub fn send(&mut self, message: impl IntoMessage) -> SendStatus {
        let sent = message.lend(|outgoing: Outgoing<'_>| {
            let payload_len = outgoing.payload.as_bytes().len();
            Frame::of(&outgoing, |frame| {
                self.inner.push(frame, payload_len, &self.config)
            })
        });
        sent.unwrap_or(SendStatus::Dropped)
    }

    /// What a publish to a topic does to a subscriber. Returns whether the outbox is to be written
    /// at once.
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

    /// What a message with a key takes besides its bytes while it waits.
    pub const OVERHEAD: usize = outbox::Name::OVERHEAD;

    /// What `ping` does.
    pub fn ping(&mut self, payload: &[u8]) -> SendStatus {
        self.inner.push_control(Opcode::Ping, payload, &self.config)
    }

    /// What the peer's ping does.
    pub fn answer_ping(&mut self, payload: &[u8]) {
        self.inner.answer_ping(payload, &self.config);
    }

    /// What `close_with` does.
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

    /// Takes up to about `max` bytes.
    pub fn take(&mut self, max: usize) -> Option<Bytes> {
        self.inner.take(max)
    }

    /// Says whether the last write found no room.
    pub fn set_stalled(&mut self, stalled: bool) {
        self.inner.set_stalled(stalled);
    }

    /// Whether `drain` is due, which it then is no more.
    pub fn take_drain(&mut self) -> bool {
        self.inner.take_drain()
    }

    /// Bytes accepted and not yet written.
    pub fn buffered_amount(&self) -> usize {
        self.inner.buffered_amount()
    }

    /// How far the connection is.
    pub fn state(&self) -> ReadyState {
        self.inner.state()
    }
}
