//! The messages that a peer may send, if a rate limits them.

use tokio::time::Instant;

use crate::{config::Config, protocol::Event, rate::TokenBucket};

/// Boxed, because it is empty unless `max_message_rate` is set.
pub(super) struct Allowance(Option<Box<TokenBucket>>);

impl Allowance {
    pub(super) fn new(config: &Config) -> Self {
        let bucket = |rate| Box::new(TokenBucket::new(rate));
        Self(config.max_message_rate.map(bucket))
    }

    /// Called when input has arrived that is handled now.
    #[inline]
    pub(super) fn heard(&mut self, now: Instant) {
        if let Some(bucket) = &mut self.0 {
            bucket.refill(now);
        }
    }

    /// Called when the connection stops reading. It reads again with the next [`Self::heard`].
    pub(super) fn rest(&mut self, now: Instant) {
        if let Some(bucket) = &mut self.0 {
            bucket.rest(now);
        }
    }

    /// Whether the peer may send this event, too. It may always send a Close frame.
    #[inline]
    pub(super) fn covers(&mut self, event: &Event<'_>) -> bool {
        match &mut self.0 {
            Some(bucket) => matches!(event, Event::Close(_)) || bucket.take(),
            None => true,
        }
    }

    /// Whether a waiting message may be handled. It is counted when it is handled, not when it was
    /// read: a peer exceeds its rate only if it sends faster than its messages are handled.
    pub(super) fn covers_held(&mut self, now: Instant) -> bool {
        self.heard(now);
        self.0.as_mut().is_none_or(|bucket| bucket.take())
    }
}
