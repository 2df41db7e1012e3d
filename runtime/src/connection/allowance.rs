//! The messages that a peer may send, if a rate limits them.

use tokio::time::Instant;

use crate::{
    protocol::Event,
    rate::{MessageRate, TokenBucket},
};

pub(super) struct Allowance(TokenBucket);

impl Allowance {
    pub(super) fn new(rate: MessageRate) -> Self {
        Self(TokenBucket::new(rate))
    }

    /// Called when input has arrived that is handled now.
    pub(super) fn heard(&mut self, now: Instant) {
        self.0.refill(now);
    }

    /// Called when the connection stops reading. It reads again with the next [`Self::heard`].
    pub(super) fn rest(&mut self, now: Instant) {
        self.0.rest(now);
    }

    /// Whether the peer may send this event, too. It may always send a Close frame.
    pub(super) fn covers(&mut self, event: &Event<'_>) -> bool {
        matches!(event, Event::Close(_)) || self.0.take()
    }

    /// Whether a waiting message may be handled. It is counted when it is handled, not when it was
    /// read: a peer exceeds its rate only if it sends faster than its messages are handled.
    pub(super) fn covers_held(&mut self, now: Instant) -> bool {
        self.heard(now);
        self.0.take()
    }
}
