//! Records when the timeouts were last checked, and computes how late a check is.

use std::{cell::Cell, time::Duration};

use crate::clock::Reading;

#[derive(Debug)]
pub(super) struct Looks {
    last: Cell<Reading>,
    /// Whether that check was late.
    was_late: Cell<bool>,
}

impl Looks {
    /// Called when the worker begins to run.
    pub(super) fn begin(now: Reading) -> Self {
        Self {
            last: Cell::new(now),
            was_late: Cell::new(false),
        }
    }

    /// Whether a test has moved the clock since the last check.
    pub(super) fn is_clock_moved(&self, now: &Reading) -> bool {
        now.since(&self.last.get()).is_none()
    }

    /// Records a check of the timeouts, which are to be checked each `interval`. Returns the part
    /// of the time since the last check that counts for no timeout.
    ///
    /// After a test has moved the clock, all of that time counts: the real clock has not moved, so
    /// the process was not stopped.
    pub(super) fn note(&self, now: Reading, interval: Duration) -> Duration {
        let passed = now.since(&self.last.replace(now));
        self.lateness(passed.unwrap_or_default(), interval)
    }

    /// The time since the last check, if a check was missed; otherwise zero. Then the process was
    /// stopped, or a handler has kept its worker busy, and the peers' bytes may be unread. So none
    /// of that time counts. If the worker is late every time, one `interval` of it counts, as if the
    /// worker were in time. Otherwise no timeout of that worker would ever end.
    fn lateness(&self, passed: Duration, interval: Duration) -> Duration {
        let is_late = passed >= 2 * interval;
        match (self.was_late.replace(is_late), is_late) {
            (_, false) => Duration::ZERO,
            (false, true) => passed,
            (true, true) => passed - interval,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, pause};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_missed_look_counts_for_nothing_and_only_a_second_one_for_something() {
        let looks = Looks::begin(Reading::take());
        let almost = 2 * SECOND - Duration::from_nanos(1);
        for (passed, late) in [
            (SECOND, Duration::ZERO),
            (almost, Duration::ZERO),
            (2 * SECOND, 2 * SECOND),
            (10 * SECOND, 9 * SECOND),
            (2 * SECOND, SECOND),
            (SECOND, Duration::ZERO),
            (10 * SECOND, 10 * SECOND),
        ] {
            assert_eq!(looks.lateness(passed, SECOND), late, "{passed:?}");
        }
    }

    #[test]
    fn a_process_that_was_stopped_is_late() {
        let looks = Looks::begin(Reading::take());
        let interval = Duration::from_millis(2);
        std::thread::sleep(2 * interval);
        let now = Reading::take();
        assert!(!looks.is_clock_moved(&now));
        assert!(looks.note(now, interval) >= 2 * interval);
    }

    #[actix_web::test]
    async fn a_clock_that_is_advanced_is_no_process_that_was_stopped() {
        pause();
        let looks = Looks::begin(Reading::take());
        for _ in 0..2 {
            advance(3600 * SECOND).await;
            let now = Reading::take();
            assert!(looks.is_clock_moved(&now));
            assert_eq!(looks.note(now, SECOND), Duration::ZERO);
        }
    }
}
