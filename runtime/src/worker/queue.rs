//! The outbox of a connection, as the schedule sees it.

use crate::outbox::Outbox;

/// The queue of a connection, as far as visits depend on it.
pub(crate) trait Queue {
    /// Whether there is nothing to write.
    fn is_empty(&self) -> bool;
    /// Whether the last write found no room. The stream wakes the connection when it has room
    /// again.
    fn is_stalled(&self) -> bool;
    /// Whether publishers have queued messages since the queue was last empty, and may queue more
    /// before it is written.
    fn is_published_to(&self) -> bool;
    /// Whether the connection has work besides writing, for example its end.
    fn calls_for_attention(&self) -> bool;
    /// Makes [`Self::calls_for_attention`] true.
    fn call_for_attention(&mut self);
    /// Called when the connection does all of that work.
    fn attended(&mut self);
}

impl Queue for Outbox {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn is_stalled(&self) -> bool {
        self.is_stalled()
    }

    fn is_published_to(&self) -> bool {
        self.is_published_to()
    }

    fn calls_for_attention(&self) -> bool {
        self.calls_for_attention()
    }

    fn call_for_attention(&mut self) {
        self.call_for_attention();
    }

    fn attended(&mut self) {
        self.attended();
    }
}
