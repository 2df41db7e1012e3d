use super::Millis;

/// A topic that is wanted, or that is subscribed.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: Box<str>,
    /// When it was last marked as wanted or not, in milliseconds.
    pub(super) idle_since: Millis,
    pub(super) wanted: bool,
    /// Whether it is in the queue of those that linger.
    pub(super) lingers: bool,
    pub(super) state: State,
}

/// What has been asked of the broker.
///
/// ```text
/// Queued ──sent──► Subscribing ──confirmed──► Subscribed ──idle──► Leaving ──sent──► Unsubscribing
///   ▲                                             ▲──wanted again─────┘                    │
///   └────────────────────────────────────────────────────────confirmed, and wanted again───┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// There is no connection. Such a topic is wanted.
    Absent,
    Queued,
    Subscribing,
    Subscribed,
    Leaving,
    Unsubscribing,
}

impl Topic {
    pub(super) fn new(name: &str, state: State) -> Self {
        Self {
            name: name.into(),
            idle_since: 0,
            wanted: true,
            lingers: false,
            state,
        }
    }
    /// Whether it has been idle for as long as a topic lingers.
    pub(super) fn may_leave(&self, linger: Millis, now: Millis) -> bool {
        !self.wanted && self.idle_since.saturating_add(linger) <= now
    }
}
