//! What a peer may send, if that is limited.

use std::time::Instant;

use crate::{config::Config, protocol::Event, rate::TokenBucket};

/// Where `max_message_rate` is not set, it costs a pointer and no look at the clock.
pub(super) struct Allowance(Option<Box<TokenBucket>>);

impl Allowance {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        let bucket = |rate| Box::new(TokenBucket::new(rate, now));
        Self(config.max_message_rate.map(bucket))
    }

    /// Something has arrived, which is handled now.
    #[inline]
    pub(super) fn heard(&mut self) {
        if let Some(bucket) = &mut self.0 {
            bucket.refill(Instant::now());
        }
    }

    /// What arrives is not read until something is heard again.
    pub(super) fn rest(&mut self) {
        if let Some(bucket) = &mut self.0 {
            bucket.rest(Instant::now());
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
    pub(super) fn covers_held(&mut self) -> bool {
        self.heard();
        self.0.as_mut().is_none_or(|bucket| bucket.take())
    }
}
