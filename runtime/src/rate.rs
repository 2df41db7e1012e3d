//! Limits how fast a peer may send. It reads no clock: the caller passes the time.

use std::{mem, time::Duration};

use tokio::time::Instant;

/// How fast a peer may send, for the setting
/// [`max_message_rate`](crate::Service::max_message_rate).
///
/// It is a token bucket, and full at first. Each message, ping and pong takes one token; a message
/// in several frames is one message.
///
/// While a connection is not read, because an `async` handler runs or the socket is paused, the
/// bucket also fills above `burst`: a peer is not closed for messages that the server made wait.
/// One second after reading resumes, tokens above `burst` are lost. In all, at most `burst`
/// messages, plus `per_second` for each second of the connection's age, are handled.
///
/// Compression makes a message expensive: to inflate a message of 1 KiB and to compress the answer
/// takes some 10 µs of CPU with [`Compression::Shared`](crate::Compression::Shared), and some 75 µs
/// with `Compression::Dedicated` and 15 `window_bits`, so that 13,000 messages a second keep a core
/// busy.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/chat", max_message_rate = MessageRate { per_second: 10, burst: 100 })]
/// mod chat {
///     fn message(ws: &Ws, text: &str) {
///         ws.publish("lobby", text);
///     }
/// }
/// # fn main() { let _ = chat::service(); }
/// ```
///
/// This struct is exhaustive: a setting is written with both of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageRate {
    /// Messages per second on average: 1 to 1,000,000.
    pub per_second: u32,
    /// Messages at once: 1 to 1,000,000. After a stall, a network delivers all delayed messages at
    /// once. So allow for the messages of some seconds.
    pub burst: u32,
}

const SECOND: u64 = 1_000_000_000;

/// How long tokens above the burst size are kept after reading resumes.
const GRACE: Duration = Duration::from_secs(1);

/// The messages that a peer may still send. The unit is the nanosecond: a token is the time in
/// which it is earned.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    token: u64,
    /// The burst size: the most that the bucket holds while the connection is read.
    brim: u64,
    level: u64,
    /// The time up to which tokens were earned; `None` before the first call. Earlier time does not
    /// matter, because the bucket is full at first.
    counted: Option<Instant>,
    /// Whether the connection has not been read since `counted`.
    rested: bool,
    /// When tokens above the burst size are lost; `None` if reading has never paused.
    kept_until: Option<Instant>,
}

impl TokenBucket {
    /// A full bucket. The settings were checked: no part of the rate is zero.
    pub(crate) fn new(rate: MessageRate) -> Self {
        let token = SECOND / u64::from(rate.per_second);
        let brim = token * u64::from(rate.burst);
        Self {
            token,
            brim,
            level: brim,
            counted: None,
            rested: false,
            kept_until: None,
        }
    }

    /// Adds the tokens that were earned until `now`, when bytes were read.
    pub(crate) fn refill(&mut self, now: Instant) {
        let counted = self.counted.replace(now).unwrap_or(now);
        let passed = now.saturating_duration_since(counted).as_nanos();
        let level = self
            .level
            .saturating_add(passed.try_into().unwrap_or(u64::MAX));
        if mem::take(&mut self.rested) {
            // The peer may have sent these bytes at any time while the connection was not read.
            self.kept_until = Some(now + GRACE);
            self.level = level;
        } else if self.kept_until.is_some_and(|end| now < end) {
            self.level = level.min(self.level.max(self.brim));
        } else {
            self.level = level.min(self.brim);
        }
    }

    /// Notes that nothing is read from `now` until the next call.
    pub(crate) fn rest(&mut self, now: Instant) {
        self.refill(now);
        self.rested = true;
    }

    /// Takes a token; `false` if there is none.
    pub(crate) fn take(&mut self) -> bool {
        let left = self.level.checked_sub(self.token);
        self.level = left.unwrap_or(self.level);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: MessageRate = MessageRate {
        per_second: 10,
        burst: 3,
    };

    fn bucket() -> (TokenBucket, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        let at = move |millis| start + Duration::from_millis(millis);
        let mut bucket = TokenBucket::new(RATE);
        bucket.refill(start);
        (bucket, at)
    }

    /// Takes all tokens, and returns their number.
    fn drain(bucket: &mut TokenBucket) -> usize {
        std::iter::from_fn(|| bucket.take().then_some(())).count()
    }

    #[test]
    fn it_is_full_at_first_and_holds_no_more() {
        let (mut bucket, at) = bucket();
        assert_eq!(drain(&mut bucket), 3);
        bucket.refill(at(1_000_000));
        assert_eq!(drain(&mut bucket), 3);
    }

    #[test]
    fn a_token_is_there_when_its_time_has_passed_and_not_before() {
        let (mut bucket, at) = bucket();
        drain(&mut bucket);
        bucket.refill(at(99));
        assert!(!bucket.take());
        bucket.refill(at(100));
        assert!(bucket.take());
        assert!(!bucket.take());
        // Fractions of a token are not lost.
        for millis in (101..=199).step_by(7) {
            bucket.refill(at(millis));
            assert!(!bucket.take(), "{millis}");
        }
        bucket.refill(at(200));
        assert!(bucket.take());
    }

    #[test]
    fn whoever_keeps_to_the_rate_is_never_refused() {
        let (mut bucket, at) = bucket();
        for number in 0..1000 {
            bucket.refill(at(number * 100));
            assert!(bucket.take(), "{number}");
        }
    }

    #[test]
    fn what_was_sent_during_a_rest_may_come_at_once() {
        let (mut bucket, at) = bucket();
        drain(&mut bucket);
        bucket.rest(at(0));
        // A look in between does not end the pause in reading.
        bucket.refill(at(500));
        bucket.rest(at(500));
        bucket.refill(at(2000));
        for number in 0..15 {
            assert!(bucket.take(), "{number}");
        }
        // The remaining tokens are still there a little later. No more were earned meanwhile.
        bucket.refill(at(2999));
        assert_eq!(drain(&mut bucket), 5);
    }

    #[test]
    fn what_nobody_needed_after_a_rest_is_lost() {
        let (mut bucket, at) = bucket();
        bucket.rest(at(0));
        bucket.refill(at(2000));
        bucket.refill(at(3000));
        assert_eq!(drain(&mut bucket), 3);
    }

    #[test]
    fn silence_before_a_rest_counts_for_no_more_than_a_burst() {
        let (mut bucket, at) = bucket();
        bucket.rest(at(60_000));
        bucket.refill(at(60_100));
        assert_eq!(drain(&mut bucket), 4);
    }

    #[test]
    fn the_highest_rate_and_the_longest_time_fit() {
        let start = Instant::now();
        let most = 1_000_000;
        let rate = MessageRate {
            per_second: most,
            burst: most,
        };
        let mut bucket = TokenBucket::new(rate);
        assert_eq!(drain(&mut bucket), most as usize);
        bucket.rest(start);
        bucket.refill(start + Duration::from_secs(u32::MAX.into()));
        assert!(bucket.take());
        // If the clock goes back, no tokens are earned.
        bucket.refill(start);
        assert!(bucket.take());
    }
}
