//! Decides when a connection has been silent, alive or closing for too long. Pure: the caller gives
//! the time.

use std::time::Duration;

use crate::config::Config;

/// A ping is sent when this part of the idle timeout is left, but at most [`PING_LEAD`] before its
/// end.
const PING_FRACTION: u32 = 4;
const PING_LEAD: Duration = Duration::from_secs(10);

/// The pings of a worker are spread over this part of the interval.
const SPREAD_FRACTION: u32 = 4;

/// A time in the life of a worker, in four bytes: milliseconds, which wrap after 49 days. No timeout
/// is longer than 30.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(u32);

impl Moment {
    /// The moment when the worker has this age.
    pub(crate) fn at(age: Duration) -> Self {
        Self(age.as_millis() as u32)
    }
}

/// The times that the timeouts of a connection are measured from.
///
/// All times but the first are milliseconds since then, and wrap as [`Moment`] does.
#[derive(Debug)]
pub(crate) struct Timing {
    /// When the connection was opened, once it `is_open`.
    opened: Moment,
    /// The time of the last check that found new input.
    last_heard: u32,
    /// The time of the last check that found new output.
    last_written: u32,
    /// The time of the last ping. Once the connection is closing, the time when that began.
    last_ping: u32,
    /// Whether the pump has visited the connection. No timeout is due before that.
    is_open: bool,
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

/// The input of a check of the timeouts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) now: Moment,
    /// The part of the time since the last check in which the server did not read from the network.
    pub(crate) late: Duration,
    /// Whether the connection does not read at the moment.
    pub(crate) rests: bool,
    /// Whether bytes have been written since the last check.
    pub(crate) wrote: bool,
    /// Whether the connection has expired; `None` if the setting `max_lifetime` decides.
    pub(crate) expired: Option<bool>,
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
    /// The application's own time for the connection is over.
    Expiry,
    /// The peer had `close_timeout` to read the rest and to answer the Close frame.
    CloseTimeout,
}

impl Timing {
    pub(crate) fn new() -> Self {
        Self {
            opened: Moment(0),
            last_heard: 0,
            last_written: 0,
            last_ping: 0,
            is_open: false,
            closing: false,
            heard: false,
            pinged: false,
        }
    }

    /// Called at each visit. The first call starts the timeouts.
    pub(crate) fn begin(&mut self, now: Moment) {
        if !std::mem::replace(&mut self.is_open, true) {
            self.opened = now;
        }
    }

    fn age(&self, now: Moment) -> u32 {
        match self.is_open {
            true => now.0.wrapping_sub(self.opened.0),
            false => 0,
        }
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
        match look.expired {
            Some(true) => return Due::Expiry,
            None if is_too_old(age, config) => return Due::Lifetime,
            Some(false) | None => {}
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

fn is_too_old(age: u32, config: &Config) -> bool {
    !config.max_lifetime.is_zero() && millis(age) >= config.max_lifetime
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
mod tests;
