//! The clock. All other code gets the time, or a deadline, as a parameter.
//!
//! This is tokio's clock. So a test that pauses and advances it moves every timeout, ping,
//! lifetime, rate and wait of the engine.

use std::{
    thread,
    time::{self, Duration},
};

use tokio::time::Instant;

/// A time so long that it never ends in practice.
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The current time.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The deadline after `time` from now. It never overflows.
pub(crate) fn deadline(time: Duration) -> Instant {
    let now = now();
    now.checked_add(time).unwrap_or(now + FAR_FUTURE)
}

/// Blocks this thread for about `time`: for waits that are shorter than tokio's timers can be. It
/// does not block if a test has paused or moved the clock. There such a wait is over at once.
pub(crate) fn block(time: Duration) {
    if !is_moved() {
        thread::sleep(time);
    }
}

/// Whether a test has paused or moved the clock, so that it differs from the system's.
pub(crate) fn is_moved() -> bool {
    let Reading { now, system } = Reading::take();
    let now = now.into_std();
    now < system.0 || system.1 < now
}

/// The time of tokio's clock, together with the system's time, which no test can move.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    now: Instant,
    /// The system's time right before and right after `now` was read.
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

    /// The time since an earlier reading. `None` if a test has paused or advanced tokio's clock in
    /// between, because the two clocks then differ.
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
        assert!(!is_moved());
        let first = Reading::take();
        pause();
        assert!(is_moved());
        let paused = Reading::take();
        advance(Duration::from_secs(60)).await;
        let advanced = Reading::take();
        assert_eq!(advanced.since(&paused), None);
        assert_eq!(advanced.since(&first), None);
        assert!(is_moved());
        // From here on tokio's clock runs again, ahead of the system's clock.
        resume();
        let resumed = Reading::take();
        std::thread::sleep(Duration::from_millis(1));
        let passed = Reading::take().since(&resumed);
        assert!(passed >= Some(Duration::from_millis(1)), "{passed:?}");
    }

    #[actix_web::test]
    async fn a_thread_is_blocked_unless_a_test_moves_the_clock() {
        let time = Duration::from_millis(2);
        let first = Reading::take();
        block(time);
        assert!(Reading::take().since(&first) >= Some(time));
        pause();
        // It would block for longer than any test may take.
        block(FAR_FUTURE);
    }

    #[actix_web::test]
    async fn a_paused_clock_that_stands_is_noticed() {
        pause();
        let first = Reading::take();
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(Reading::take().since(&first), None);
    }
}
