//! The clock. Everything else is given the time, or a deadline.
//!
//! It is tokio's, so that a test which pauses and advances it moves every timeout, ping, lifetime,
//! rate and wait of the engine.

use std::time::{self, Duration};

use tokio::time::Instant;

/// As good as never.
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// What time it is.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The end of a time from now, however long.
pub(crate) fn deadline(time: Duration) -> Instant {
    let now = now();
    now.checked_add(time).unwrap_or(now + FAR_FUTURE)
}

/// The time, together with the system's own, which no test moves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    now: Instant,
    /// The system's time right before `now` was read, and right after.
    system: (time::Instant, time::Instant),
}

impl Reading {
    pub(crate) fn take() -> Self {
        let before = time::Instant::now();
        let now = now();
        let after = time::Instant::now();
        Self {
            now,
            system: (before, after),
        }
    }

    /// How much time has passed since an earlier reading; `None` if a test has paused or advanced
    /// the clock meanwhile. The system's clock has not moved along then.
    pub(crate) fn since(&self, earlier: &Self) -> Option<Duration> {
        let passed = self.now.duration_since(earlier.now);
        let least = self.system.0.saturating_duration_since(earlier.system.1);
        let most = self.system.1.saturating_duration_since(earlier.system.0);
        (least..=most).contains(&passed).then_some(passed)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, pause, resume};

    use super::*;

    #[test]
    fn a_deadline_may_be_as_far_as_it_likes() {
        let before = now();
        assert!(deadline(Duration::MAX) > before + FAR_FUTURE / 2);
        assert!(deadline(Duration::from_secs(1)) >= before + Duration::from_secs(1));
    }

    #[test]
    fn a_clock_that_runs_by_itself_tells_how_much_time_has_passed() {
        let first = Reading::take();
        std::thread::sleep(Duration::from_millis(2));
        let passed = Reading::take().since(&first);
        assert!(passed >= Some(Duration::from_millis(2)), "{passed:?}");
    }

    #[actix_web::test]
    async fn a_clock_that_a_test_moves_is_noticed() {
        let first = Reading::take();
        pause();
        let paused = Reading::take();
        advance(Duration::from_secs(60)).await;
        let advanced = Reading::take();
        assert_eq!(advanced.since(&paused), None);
        assert_eq!(advanced.since(&first), None);
        // From here on it runs by itself again, ahead of the system's.
        resume();
        let resumed = Reading::take();
        std::thread::sleep(Duration::from_millis(1));
        let passed = Reading::take().since(&resumed);
        assert!(passed >= Some(Duration::from_millis(1)), "{passed:?}");
    }

    #[actix_web::test]
    async fn a_paused_clock_that_stands_is_noticed() {
        pause();
        let first = Reading::take();
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(Reading::take().since(&first), None);
    }
}
