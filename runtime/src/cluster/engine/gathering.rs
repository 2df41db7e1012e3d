use std::time::Duration;

use tokio::time::Instant;

/// How long the thread sleeps while messages gather. The system may make it half as much longer.
pub(super) const NAP: Duration = Duration::from_micros(100);

/// Batches that begin so soon after each other are those of a busy node.
const SOON: Duration = Duration::from_micros(200);

/// Decides whether the thread of the broker waits to be woken.
///
/// A publish that finds the thread asleep pays for waking it, which takes ten times as long as the
/// rest of the publish. So on a busy node the thread is not woken: it sleeps a short, fixed time, and
/// then sends what has gathered meanwhile. It also sends fewer and larger batches so.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// When the last batch of messages began.
    last: Option<Instant>,
    is_on: bool,
}

impl Gathering {
    /// Notes a batch of messages that began at this time and is acknowledged. Returns whether to
    /// sleep for [`NAP`] before the thread waits to be woken.
    pub(super) fn sleeps_after(&mut self, began: Instant) -> bool {
        let last = self.last.replace(began);
        let is_soon = last.is_some_and(|last| began.saturating_duration_since(last) <= SOON);
        self.is_on |= is_soon;
        self.is_on
    }

    /// Notes whether messages have gathered in the sleep. If none have, the node is not busy.
    pub(super) fn slept(&mut self, has_some: bool) {
        self.is_on = has_some;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROS: Duration = Duration::from_micros(1);

    #[test]
    fn a_message_now_and_then_is_waited_for() {
        let (mut gathering, start) = (Gathering::default(), Instant::now());
        for count in 0..10 {
            assert!(!gathering.sleeps_after(start + count * (SOON + MICROS)));
        }
    }

    #[test]
    fn messages_gather_as_long_as_there_are_some() {
        let (mut gathering, mut now) = (Gathering::default(), Instant::now());
        assert!(!gathering.sleeps_after(now));
        now += SOON;
        assert!(gathering.sleeps_after(now), "at the limit");
        for _ in 0..10 {
            gathering.slept(true);
            // A sleep and an answer of the broker take longer than the limit.
            now += 10 * SOON;
            assert!(gathering.sleeps_after(now));
        }
        gathering.slept(false);
        now += SOON + MICROS;
        assert!(!gathering.sleeps_after(now));
        now += SOON;
        assert!(gathering.sleeps_after(now));
    }
}
