//! Decides when a connection has been silent, alive or closing for too long. Pure: the caller gives
//! the time.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::Config;

/// A ping is sent when this part of the idle timeout is left, but at most [`PING_LEAD`] before its
/// end.
const PING_FRACTION: u32 = 4;
const PING_LEAD: Duration = Duration::from_secs(10);

/// The pings of a worker are spread over this part of the interval.
const SPREAD_FRACTION: u32 = 4;

/// The times that the timeouts of a connection are measured from.
///
/// The begin is an [`Instant`]. All other times are milliseconds since then, in four bytes each.
/// They wrap after 49 days, and no timeout is longer than 30.
#[derive(Debug)]
pub(crate) struct Timing {
    /// `None` until the pump has visited the connection. No timeout is due before that.
    opened: Option<Instant>,
    /// The time of the last check that found new input.
    last_heard: u32,
    /// The time of the last check that found new output.
    last_written: u32,
    /// The time of the last ping. Once the connection is closing, the time when that began.
    last_ping: u32,
    closing: bool,
    /// Whether input has arrived since the last check. Setting a flag costs nothing; reading the
    /// clock for every message would.
    heard: bool,
    /// Whether a ping has been sent since the last input.
    pinged: bool,
}

/// The time when a check first saw an `async` handler running, as in [`Timing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy(u32);

impl Busy {
    /// No check has seen the handler yet.
    pub(crate) const UNSEEN: Self = Self(u32::MAX);
}

/// The facts that a check of the timeouts is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) now: Instant,
    /// The part of the time since the last check in which the server did not read from the network.
    pub(crate) late: Duration,
    /// Whether the connection does not read at the moment.
    pub(crate) rests: bool,
    /// Whether bytes have been written since the last check.
    pub(crate) wrote: bool,
}

/// What a check of the timeouts calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// A ping. The peer's answer shows that it is there, and proxies see that the connection is in
    /// use.
    Ping,
    /// Nothing arrived for `idle_timeout`.
    IdleTimeout,
    /// The connection is as old as `max_lifetime`.
    Lifetime,
    /// The peer had `close_timeout` to read the rest and to answer the Close frame.
    CloseTimeout,
}

impl Timing {
    pub(crate) fn new() -> Self {
        Self {
            opened: None,
            last_heard: 0,
            last_written: 0,
            last_ping: 0,
            closing: false,
            heard: false,
            pinged: false,
        }
    }

    /// Called at each visit. The first call starts the timeouts.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.opened.get_or_insert(now);
    }

    fn lifetime(&self, now: Instant) -> Duration {
        self.opened
            .map_or(Duration::ZERO, |opened| now.duration_since(opened))
    }

    fn age(&self, now: Instant) -> u32 {
        self.lifetime(now).as_millis() as u32
    }

    /// Called when input has arrived.
    pub(crate) fn heard(&mut self) {
        self.heard = true;
    }

    /// Whether the running handler has taken longer than the setting allows.
    pub(crate) fn is_handler_late(&self, busy: &mut Busy, look: Look, config: &Config) -> bool {
        let Some(timeout) = config.handler_timeout else {
            return false;
        };
        let age = self.age(look.now);
        *busy = match *busy {
            Busy::UNSEEN => Busy(age),
            Busy(since) => Busy(later(since, look.late, age)),
        };
        millis(age.wrapping_sub(busy.0)) >= timeout
    }

    /// Checks an open connection. `ping_interval` is its own interval, see [`spread`].
    pub(crate) fn look(&mut self, look: Look, ping_interval: Duration, config: &Config) -> Due {
        let age = self.age(look.now);
        let heard = std::mem::take(&mut self.heard);
        if heard || look.rests {
            self.last_heard = age;
            self.pinged = false;
        } else {
            self.last_heard = later(self.last_heard, look.late, age);
        }
        if look.wrote {
            self.last_written = age;
        }
        if config
            .max_lifetime
            .is_some_and(|max| self.lifetime(look.now) >= max)
        {
            return Due::Lifetime;
        }
        let silent = millis(age.wrapping_sub(self.last_heard));
        if config.send_pings && self.calls_for_ping(age, silent, ping_interval, config) {
            self.pinged = true;
            self.last_ping = age;
            return Due::Ping;
        }
        let timeout = config.idle_timeout;
        if !timeout.is_zero() && silent >= timeout {
            Due::IdleTimeout
        } else {
            Due::Nothing
        }
    }

    fn calls_for_ping(
        &self,
        age: u32,
        silent: Duration,
        ping_interval: Duration,
        config: &Config,
    ) -> bool {
        let timeout = config.idle_timeout;
        if !timeout.is_zero() && !self.pinged {
            // The ping is sent even if the timeout is over, because the worker was busy: input of
            // the peer may be waiting to be read.
            let lead = (timeout / PING_FRACTION).min(PING_LEAD);
            if silent >= timeout - lead {
                return true;
            }
        }
        // Some proxies watch only the bytes that go from the server to the client.
        let unwritten = millis(age.wrapping_sub(self.last_written));
        let since_ping = millis(age.wrapping_sub(self.last_ping));
        !ping_interval.is_zero()
            && silent.max(unwritten) >= ping_interval
            && since_ping >= ping_interval
    }

    /// Checks a closing connection.
    pub(crate) fn look_closing(&mut self, look: Look, config: &Config) -> Due {
        let age = self.age(look.now);
        if std::mem::replace(&mut self.closing, true) {
            self.last_ping = later(self.last_ping, look.late, age);
        } else {
            self.last_ping = age;
        }
        if millis(age.wrapping_sub(self.last_ping)) >= config.close_timeout {
            Due::CloseTimeout
        } else {
            Due::Nothing
        }
    }
}

/// The interval between the pings of one connection. It is shorter than the setting by a part that
/// depends on the key, so that connections that were opened together are not pinged together.
pub(crate) fn spread(ping_interval: Duration, key: usize) -> Duration {
    // Fibonacci hashing puts successive keys far apart.
    let part = (key as u32).wrapping_mul(0x9E37_79B9) >> 24;
    ping_interval - ping_interval / SPREAD_FRACTION * part / 256
}

/// Moves a time forward by the time in which the server did not read, but not into the future.
fn later(moment: u32, late: Duration, age: u32) -> u32 {
    let passed = age.wrapping_sub(moment);
    let late = u32::try_from(late.as_millis()).unwrap_or(u32::MAX);
    moment.wrapping_add(late.min(passed))
}

fn millis(count: u32) -> Duration {
    Duration::from_millis(count.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The idle timeout is set, and pings are sent only before it.
    const CONFIG: Config = Config::DEFAULT
        .idle_timeout(Duration::from_secs(8))
        .ping_interval(Duration::ZERO);

    /// A check that is in time.
    fn seen(now: Instant, rests: bool) -> Look {
        Look {
            now,
            late: Duration::ZERO,
            rests,
            wrote: false,
        }
    }

    fn look(timing: &mut Timing, now: Instant, rests: bool, config: &Config) -> Due {
        timing.look(seen(now, rests), config.ping_interval, config)
    }

    fn opened(now: Instant) -> Timing {
        let mut timing = Timing::new();
        timing.begin(now);
        timing
    }

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_silent_peer_is_pinged_once_and_then_given_up() {
        let start = Instant::now();
        let mut timing = opened(start);
        assert_eq!(
            look(&mut timing, at(start, 5), false, &CONFIG),
            Due::Nothing
        );
        assert_eq!(look(&mut timing, at(start, 6), false, &CONFIG), Due::Ping);
        assert_eq!(
            look(&mut timing, at(start, 7), false, &CONFIG),
            Due::Nothing
        );
        assert_eq!(
            look(&mut timing, at(start, 8), false, &CONFIG),
            Due::IdleTimeout
        );
    }

    #[test]
    fn a_late_look_pings_before_it_gives_up() {
        let start = Instant::now();
        let mut timing = opened(start);
        assert_eq!(look(&mut timing, at(start, 100), false, &CONFIG), Due::Ping);
        assert_eq!(
            look(&mut timing, at(start, 101), false, &CONFIG),
            Due::IdleTimeout
        );
    }

    #[test]
    fn a_peer_that_answers_stays() {
        let start = Instant::now();
        let mut timing = opened(start);
        assert_eq!(look(&mut timing, at(start, 7), false, &CONFIG), Due::Ping);
        timing.heard();
        assert_eq!(
            look(&mut timing, at(start, 8), false, &CONFIG),
            Due::Nothing
        );
        assert_eq!(look(&mut timing, at(start, 14), false, &CONFIG), Due::Ping);
        assert_eq!(
            look(&mut timing, at(start, 16), false, &CONFIG),
            Due::IdleTimeout
        );
    }

    #[test]
    fn the_idle_timeout_rests_while_nothing_is_read() {
        let start = Instant::now();
        let mut timing = opened(start);
        assert_eq!(
            look(&mut timing, at(start, 100), true, &CONFIG),
            Due::Nothing
        );
        assert_eq!(look(&mut timing, at(start, 107), false, &CONFIG), Due::Ping);
    }

    #[test]
    fn a_connection_of_many_weeks_is_looked_at_like_any_other() {
        let start = Instant::now();
        let config = CONFIG.send_pings(false);
        let mut timing = opened(start);
        let week = 7 * 24 * 60 * 60;
        for weeks in 1..20 {
            timing.heard();
            assert_eq!(
                look(&mut timing, at(start, weeks * week), false, &config),
                Due::Nothing
            );
            assert_eq!(
                look(&mut timing, at(start, weeks * week + 7), false, &config),
                Due::Nothing
            );
        }
        assert_eq!(
            look(&mut timing, at(start, 19 * week + 8), false, &config),
            Due::IdleTimeout
        );
    }

    #[test]
    fn without_pings_or_timeout_nothing_is_due() {
        let start = Instant::now();
        let silent = CONFIG.send_pings(false);
        assert_eq!(
            look(&mut opened(start), at(start, 7), false, &silent),
            Due::Nothing
        );
        let never = CONFIG.idle_timeout(Duration::ZERO);
        assert_eq!(
            look(&mut opened(start), at(start, 1 << 20), false, &never),
            Due::Nothing
        );
    }

    #[test]
    fn a_lifetime_ends_however_lively_the_peer_is() {
        let start = Instant::now();
        let config = CONFIG.max_lifetime(Duration::from_secs(60));
        let mut timing = opened(start);
        timing.heard();
        assert_eq!(
            look(&mut timing, at(start, 59), false, &config),
            Due::Nothing
        );
        timing.heard();
        assert_eq!(
            look(&mut timing, at(start, 60), false, &config),
            Due::Lifetime
        );
    }

    #[test]
    fn closing_takes_its_timeout_from_when_it_was_first_seen() {
        let start = Instant::now();
        let mut timing = opened(start);
        let timeout = CONFIG.close_timeout;
        assert_eq!(
            timing.look_closing(seen(at(start, 100), false), &CONFIG),
            Due::Nothing
        );
        let almost = at(start, 100) + timeout - Duration::from_millis(1);
        assert_eq!(
            timing.look_closing(seen(almost, false), &CONFIG),
            Due::Nothing
        );
        assert_eq!(
            timing.look_closing(seen(at(start, 100) + timeout, false), &CONFIG),
            Due::CloseTimeout
        );
    }

    #[test]
    fn a_ping_is_due_each_interval_for_as_long_as_it_is_quiet() {
        let start = Instant::now();
        let config = Config::DEFAULT.ping_interval(Duration::from_secs(5));
        let mut timing = opened(start);
        for (second, due) in [
            (4, Due::Nothing),
            (5, Due::Ping),
            (9, Due::Nothing),
            (10, Due::Ping),
            (15, Due::Ping),
        ] {
            timing.heard();
            assert_eq!(
                look(&mut timing, at(start, second), false, &config),
                due,
                "{second}"
            );
        }
    }

    #[test]
    fn a_ping_is_due_if_only_one_side_is_quiet() {
        let start = Instant::now();
        let config = Config::DEFAULT.ping_interval(Duration::from_secs(5));
        for (hears, writes, expected) in [
            (true, true, Due::Nothing),
            (true, false, Due::Ping),
            (false, true, Due::Ping),
        ] {
            let mut timing = opened(start);
            let mut last = Due::Nothing;
            for second in 1..=5 {
                if hears {
                    timing.heard();
                }
                let look = Look {
                    wrote: writes,
                    ..seen(at(start, second), false)
                };
                last = timing.look(look, config.ping_interval, &config);
            }
            assert_eq!(last, expected, "{hears} {writes}");
        }
    }

    #[test]
    fn pings_go_on_while_nothing_is_read_and_no_idle_timeout_is_set() {
        let start = Instant::now();
        let interval = Duration::from_secs(5);
        let config = Config::DEFAULT
            .ping_interval(interval)
            .idle_timeout(Duration::ZERO);
        let mut timing = opened(start);
        for second in [5, 10, 15, 3600] {
            let due = look(&mut timing, at(start, second), true, &config);
            assert_eq!(due, Due::Ping, "{second}");
        }
        let without = config.send_pings(false);
        assert_eq!(
            look(&mut timing, at(start, 7200), true, &without),
            Due::Nothing
        );
    }

    #[test]
    fn the_pings_of_a_worker_are_spread() {
        let interval = Duration::from_millis(25_000);
        let mut all: Vec<_> = (0..1000).map(|key| spread(interval, key)).collect();
        all.sort();
        assert!(all[0] > interval * 3 / 4 && all[999] <= interval);
        // The pings are spread over six seconds. No second has more than twice its share.
        for second in 0..6 {
            let from = interval * 3 / 4 + Duration::from_secs(second);
            let to = from + Duration::from_secs(1);
            let share = all.iter().filter(|&&at| from <= at && at < to).count();
            assert!(share <= 2 * 1000 / 6, "{share} in second {second}");
        }
        assert_eq!(spread(Duration::ZERO, 7), Duration::ZERO);
    }

    #[test]
    fn time_in_which_the_server_did_not_look_counts_for_no_timeout() {
        let start = Instant::now();
        let config = CONFIG.send_pings(false);
        let late = |now, late| Look {
            late: Duration::from_secs(late),
            ..seen(now, false)
        };
        let mut timing = opened(start);
        let interval = config.ping_interval;
        assert_eq!(
            timing.look(seen(at(start, 7), false), interval, &config),
            Due::Nothing
        );
        // A minute of silence, but the server did not read.
        assert_eq!(
            timing.look(late(at(start, 67), 60), interval, &config),
            Due::Nothing
        );
        assert_eq!(
            timing.look(seen(at(start, 68), false), interval, &config),
            Due::IdleTimeout
        );

        let mut closing = opened(start);
        assert_eq!(
            closing.look_closing(seen(at(start, 1), false), &config),
            Due::Nothing
        );
        assert_eq!(
            closing.look_closing(late(at(start, 61), 60), &config),
            Due::Nothing
        );
        assert_eq!(
            closing.look_closing(seen(at(start, 66), false), &config),
            Due::CloseTimeout
        );

        // `late` is longer than the silence, so the connection counts as just heard.
        let mut young = opened(at(start, 60));
        assert_eq!(
            young.look(late(at(start, 61), 60), interval, &config),
            Due::Nothing
        );
        assert_eq!(
            young.look(seen(at(start, 68), false), interval, &config),
            Due::Nothing
        );
        assert_eq!(
            young.look(seen(at(start, 69), false), interval, &config),
            Due::IdleTimeout
        );
    }

    #[test]
    fn a_handler_has_its_time_from_when_it_was_first_seen() {
        let start = Instant::now();
        let config = CONFIG.handler_timeout(Duration::from_secs(5));
        let timing = opened(start);
        let mut busy = Busy::UNSEEN;
        let is_late = |busy: &mut Busy, second, late| {
            let look = Look {
                late: Duration::from_secs(late),
                ..seen(at(start, second), false)
            };
            timing.is_handler_late(busy, look, &config)
        };
        assert!(!is_late(&mut busy, 100, 0));
        assert!(!is_late(&mut busy, 104, 0));
        assert!(is_late(&mut busy, 105, 0));
        let mut busy = Busy::UNSEEN;
        assert!(!is_late(&mut busy, 106, 0));
        // The server did not read for a minute.
        assert!(!is_late(&mut busy, 166, 60));
        assert!(is_late(&mut busy, 171, 0));
        let look = seen(at(start, 1000), false);
        assert!(!timing.is_handler_late(&mut busy, look, &CONFIG));
    }
}
