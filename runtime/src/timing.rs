//! When a connection has been silent, or alive, or closing for too long. Pure: the time is given.

use std::time::{Duration, Instant};

use crate::config::Config;

/// A ping is sent when this part of the idle timeout is left, but at most so long before.
const PING_FRACTION: u32 = 4;
const PING_LEAD: Duration = Duration::from_secs(10);

/// What a connection's timeouts are measured from.
///
/// All but the beginning is kept as milliseconds since then, in four bytes each. They wrap after 49
/// days, and no timeout is longer than 30.
#[derive(Debug)]
pub(crate) struct Timing {
    opened: Instant,
    /// When something last arrived, as of the last look at the clock.
    last_heard: u32,
    /// When the connection was first seen closing, if it is.
    closing_since: u32,
    closing: bool,
    /// Whether something has arrived since the last look. Noting that costs nothing; reading the
    /// clock for every message would.
    heard: bool,
    /// Whether the peer has been pinged since it was last heard.
    pinged: bool,
}

/// What a look at the clock calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// The peer should show that it is there.
    Ping,
    /// Nothing arrived for `idle_timeout`.
    IdleTimeout,
    /// The connection is as old as `max_lifetime`.
    Lifetime,
    /// The peer had `close_timeout` to read the rest and answer the Close frame.
    CloseTimeout,
}

impl Timing {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            opened: now,
            last_heard: 0,
            closing_since: 0,
            closing: false,
            heard: false,
            pinged: false,
        }
    }

    fn age(&self, now: Instant) -> u32 {
        now.duration_since(self.opened).as_millis() as u32
    }

    /// Something arrived.
    pub(crate) fn heard(&mut self) {
        self.heard = true;
    }

    /// Looks at an open connection. `rests` while it does not read of its own accord.
    pub(crate) fn look(&mut self, now: Instant, rests: bool, config: &Config) -> Due {
        let age = self.age(now);
        if std::mem::take(&mut self.heard) || rests {
            self.last_heard = age;
            self.pinged = false;
        }
        if config
            .max_lifetime
            .is_some_and(|max| now.duration_since(self.opened) >= max)
        {
            return Due::Lifetime;
        }
        let timeout = config.idle_timeout;
        if timeout.is_zero() {
            return Due::Nothing;
        }
        let silent = millis(age.wrapping_sub(self.last_heard));
        let lead = (timeout / PING_FRACTION).min(PING_LEAD);
        if config.send_pings && !self.pinged && silent >= timeout - lead {
            // Even if it is too late already, because the worker was busy: the peer's answer, or
            // what else it has sent, may be waiting to be read.
            self.pinged = true;
            return Due::Ping;
        }
        if silent >= timeout {
            Due::IdleTimeout
        } else {
            Due::Nothing
        }
    }

    /// Looks at a connection that is closing.
    pub(crate) fn look_closing(&mut self, now: Instant, config: &Config) -> Due {
        let age = self.age(now);
        if !std::mem::replace(&mut self.closing, true) {
            self.closing_since = age;
        }
        if millis(age.wrapping_sub(self.closing_since)) >= config.close_timeout {
            Due::CloseTimeout
        } else {
            Due::Nothing
        }
    }
}

fn millis(count: u32) -> Duration {
    Duration::from_millis(count.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Config = Config::DEFAULT.idle_timeout(Duration::from_secs(8));

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_silent_peer_is_pinged_once_and_then_given_up() {
        let start = Instant::now();
        let mut timing = Timing::new(start);
        assert_eq!(timing.look(at(start, 5), false, &CONFIG), Due::Nothing);
        assert_eq!(timing.look(at(start, 6), false, &CONFIG), Due::Ping);
        assert_eq!(timing.look(at(start, 7), false, &CONFIG), Due::Nothing);
        assert_eq!(timing.look(at(start, 8), false, &CONFIG), Due::IdleTimeout);
    }

    #[test]
    fn a_late_look_pings_before_it_gives_up() {
        let start = Instant::now();
        let mut timing = Timing::new(start);
        assert_eq!(timing.look(at(start, 100), false, &CONFIG), Due::Ping);
        assert_eq!(
            timing.look(at(start, 101), false, &CONFIG),
            Due::IdleTimeout
        );
    }

    #[test]
    fn a_peer_that_answers_stays() {
        let start = Instant::now();
        let mut timing = Timing::new(start);
        assert_eq!(timing.look(at(start, 7), false, &CONFIG), Due::Ping);
        timing.heard();
        assert_eq!(timing.look(at(start, 8), false, &CONFIG), Due::Nothing);
        assert_eq!(timing.look(at(start, 14), false, &CONFIG), Due::Ping);
        assert_eq!(timing.look(at(start, 16), false, &CONFIG), Due::IdleTimeout);
    }

    #[test]
    fn the_idle_timeout_rests_while_nothing_is_read() {
        let start = Instant::now();
        let mut timing = Timing::new(start);
        assert_eq!(timing.look(at(start, 100), true, &CONFIG), Due::Nothing);
        assert_eq!(timing.look(at(start, 107), false, &CONFIG), Due::Ping);
    }

    #[test]
    fn a_connection_of_many_weeks_is_looked_at_like_any_other() {
        let start = Instant::now();
        let config = CONFIG.send_pings(false);
        let mut timing = Timing::new(start);
        let week = 7 * 24 * 60 * 60;
        for weeks in 1..20 {
            timing.heard();
            assert_eq!(
                timing.look(at(start, weeks * week), false, &config),
                Due::Nothing
            );
            assert_eq!(
                timing.look(at(start, weeks * week + 7), false, &config),
                Due::Nothing
            );
        }
        assert_eq!(
            timing.look(at(start, 19 * week + 8), false, &config),
            Due::IdleTimeout
        );
    }

    #[test]
    fn without_pings_or_timeout_nothing_is_due() {
        let start = Instant::now();
        let silent = CONFIG.send_pings(false);
        assert_eq!(
            Timing::new(start).look(at(start, 7), false, &silent),
            Due::Nothing
        );
        let never = CONFIG.idle_timeout(Duration::ZERO);
        assert_eq!(
            Timing::new(start).look(at(start, 1 << 20), false, &never),
            Due::Nothing
        );
    }

    #[test]
    fn a_lifetime_ends_however_lively_the_peer_is() {
        let start = Instant::now();
        let config = CONFIG.max_lifetime(Duration::from_secs(60));
        let mut timing = Timing::new(start);
        timing.heard();
        assert_eq!(timing.look(at(start, 59), false, &config), Due::Nothing);
        timing.heard();
        assert_eq!(timing.look(at(start, 60), false, &config), Due::Lifetime);
    }

    #[test]
    fn closing_takes_its_timeout_from_when_it_was_first_seen() {
        let start = Instant::now();
        let mut timing = Timing::new(start);
        let timeout = CONFIG.close_timeout;
        assert_eq!(timing.look_closing(at(start, 100), &CONFIG), Due::Nothing);
        let almost = at(start, 100) + timeout - Duration::from_millis(1);
        assert_eq!(timing.look_closing(almost, &CONFIG), Due::Nothing);
        assert_eq!(
            timing.look_closing(at(start, 100) + timeout, &CONFIG),
            Due::CloseTimeout
        );
    }
}
