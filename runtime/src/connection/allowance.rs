//! What a peer may send, if that is limited.

use tokio::time::Instant;

use crate::{config::Config, protocol::Event, rate::TokenBucket};

/// Where `max_message_rate` is not set, it costs a pointer.
pub(super) struct Allowance(Option<Box<TokenBucket>>);

impl Allowance {
    pub(super) fn new(config: &Config) -> Self {
        let bucket = |rate| Box::new(TokenBucket::new(rate));
        Self(config.max_message_rate.map(bucket))
    }

    /// Something has arrived, which is handled now.
    #[inline]
    pub(super) fn heard(&mut self, now: Instant) {
        if let Some(bucket) = &mut self.0 {
            bucket.refill(now);
        }
    }

    /// What arrives is not read until something is heard again.
    pub(super) fn rest(&mut self, now: Instant) {
        if let Some(bucket) = &mut self.0 {
            bucket.rest(now);
        }
    }

    /// Whether the peer may send this, too. A Close frame it always may.
    #[inline]
    pub(super) fn covers(&mut self, event: &Event<'_>) -> bool {
        match &mut self.0 {
            Some(bucket) => matches!(event, Event::Close(_)) || bucket.take(),
            None => true,
        }
    }

    /// Whether what has waited may be handled. It is counted only now, so that nothing is held
    /// against a peer but that it sends faster than its messages are handled.
    pub(super) fn covers_held(&mut self, now: Instant) -> bool {
        self.heard(now);
        self.0.as_mut().is_none_or(|bucket| bucket.take())
    }
}
