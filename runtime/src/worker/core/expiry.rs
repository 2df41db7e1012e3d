//! The time at which the application lets a connection expire.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

/// Times are counted in steps of this length, so that one takes four bytes. They end 13 years after
/// the worker began.
const STEP: Duration = Duration::from_millis(100);

/// The application has not said when the connection expires.
const UNSET: u32 = 0;

/// The application has said that the connection does not expire, or so late that it never does in
/// practice.
const NEVER: u32 = u32::MAX;

/// The expiry of one connection: [`UNSET`], [`NEVER`], or the number of steps since its worker
/// began. Any thread may change it; the checks of the timeouts read it.
#[derive(Debug)]
pub(super) struct Expiry(AtomicU32);

impl Expiry {
    pub(super) fn unset() -> Self {
        Self(AtomicU32::new(UNSET))
    }

    /// The connection expires after `time` from now, or never. `age` is the age of its worker.
    pub(super) fn set(&self, time: Option<Duration>, age: Duration) {
        let steps = time.map_or(NEVER, |time| steps(age.saturating_add(time)));
        self.0.store(steps, Relaxed);
    }

    /// Whether the connection has expired; `None` if the application has not said when it does.
    /// `age` is the age of its worker.
    pub(super) fn is_over(&self, age: Duration) -> Option<bool> {
        match self.0.load(Relaxed) {
            UNSET => None,
            NEVER => Some(false),
            steps => Some(STEP * steps <= age),
        }
    }
}

/// The number of steps until this age, rounded up: a connection never expires too early.
fn steps(age: Duration) -> u32 {
    let steps = age.as_nanos().div_ceil(STEP.as_nanos());
    u32::try_from(steps).unwrap_or(NEVER).max(UNSET + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const NANO: Duration = Duration::from_nanos(1);

    #[test]
    fn an_expiry_takes_four_bytes_of_each_connection() {
        assert_eq!(size_of::<Expiry>(), 4);
    }

    #[test]
    fn the_setting_decides_until_the_application_does() {
        let expiry = Expiry::unset();
        assert_eq!(expiry.is_over(Duration::MAX), None);
        expiry.set(None, SECOND);
        assert_eq!(expiry.is_over(Duration::MAX), Some(false));
        expiry.set(Some(SECOND), SECOND);
        assert_eq!(expiry.is_over(Duration::MAX), Some(true));
    }

    #[test]
    fn a_connection_expires_at_its_time_and_not_before() {
        for age in [Duration::ZERO, SECOND, 400 * 24 * 3600 * SECOND] {
            for time in [STEP, SECOND, 30 * 24 * 3600 * SECOND] {
                let expiry = Expiry::unset();
                expiry.set(Some(time), age);
                assert_eq!(expiry.is_over(age + time - NANO), Some(false));
                assert_eq!(expiry.is_over(age + time), Some(true));
            }
        }
        // The time is rounded up to a step.
        let expiry = Expiry::unset();
        expiry.set(Some(SECOND + NANO), SECOND);
        assert_eq!(expiry.is_over(2 * SECOND + STEP - NANO), Some(false));
        assert_eq!(expiry.is_over(2 * SECOND + STEP), Some(true));
    }

    #[test]
    fn a_time_of_zero_is_over_within_a_step() {
        for age in [Duration::ZERO, NANO, SECOND] {
            let expiry = Expiry::unset();
            expiry.set(Some(Duration::ZERO), age);
            assert_eq!(expiry.is_over(age + STEP), Some(true), "{age:?}");
        }
    }

    #[test]
    fn a_time_that_is_too_long_to_count_never_ends() {
        let most = STEP * (u32::MAX - 1);
        for (time, is_over) in [(most, true), (most + NANO, false), (Duration::MAX, false)] {
            let expiry = Expiry::unset();
            expiry.set(Some(time), Duration::ZERO);
            assert_eq!(expiry.is_over(Duration::MAX), Some(is_over), "{time:?}");
        }
        let expiry = Expiry::unset();
        expiry.set(Some(Duration::MAX), SECOND);
        assert_eq!(expiry.is_over(Duration::MAX), Some(false));
    }
}
