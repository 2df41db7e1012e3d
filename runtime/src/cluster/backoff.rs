//! How long to wait before the next attempt to connect. It has no clock and no randomness.

use std::time::Duration;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_millis(50);

/// The longest wait for a broker that cannot be reached.
const LONGEST: Duration = Duration::from_secs(1);

/// The longest wait for a broker that refuses. A password or a limit seldom changes soon.
const LONGEST_REFUSED: Duration = Duration::from_secs(10);

/// Doubles the wait after each failure. All waits are with a jitter of ±50 %, so that the nodes of
/// a cluster do not come back all at once.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The wait after a failure. `random` is any number, equally distributed.
    pub(crate) fn next(&mut self, refused: bool, random: u32) -> Duration {
        let doublings = 2_u32.saturating_pow(self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        let longest = if refused { LONGEST_REFUSED } else { LONGEST };
        let wait = FIRST.saturating_mul(doublings).min(longest);
        wait / 2 + wait.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// Begins anew, when a connection has proved good.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }

    /// The failures since the last reset.
    #[cfg(test)]
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits in milliseconds.
    fn waits(refused: bool, random: u32, count: usize) -> Vec<u128> {
        let mut backoff = Backoff::default();
        let waits = std::iter::repeat_with(|| backoff.next(refused, random).as_millis());
        waits.take(count).collect()
    }

    #[test]
    fn it_doubles_up_to_a_limit() {
        let middle = u32::MAX / 2 + 1;
        assert_eq!(
            waits(false, middle, 7),
            [50, 100, 200, 400, 800, 1000, 1000]
        );
        let refused = waits(true, middle, 10);
        assert_eq!(refused[4..], [800, 1600, 3200, 6400, 10_000, 10_000]);
    }

    #[test]
    fn the_jitter_is_half_of_the_wait() {
        assert_eq!(waits(false, 0, 3), [25, 50, 100]);
        assert_eq!(waits(false, u32::MAX, 3), [75, 150, 300]);
    }

    #[test]
    fn it_begins_anew_and_never_overflows() {
        let mut backoff = Backoff::default();
        for _ in 0..100 {
            backoff.next(true, u32::MAX);
        }
        assert_eq!(backoff.attempts(), 100);
        assert_eq!(backoff.next(true, u32::MAX), Duration::from_secs(15));
        backoff.attempts = u32::MAX;
        assert_eq!(backoff.next(false, 0), Duration::from_millis(500));
        backoff.reset();
        assert_eq!(backoff.attempts(), 0);
        assert_eq!(backoff.next(false, 0), Duration::from_millis(25));
    }
}
