//! The numbers that an operator asks for: what a space has done since it was made.

mod labels;
mod meter;
#[cfg(feature = "metrics")]
mod report;
mod samples;

use std::collections::BTreeMap;

pub(crate) use self::meter::{Meter, Missed, Traffic};
pub use self::{
    labels::{CodeClass, FailedBy, RefusedBy},
    samples::{Sample, SampleKind},
};
use crate::{close::ClosedBy, error::HandlerKind};

/// A snapshot of the counters of one pub/sub space: [`Server::stats`](crate::Server::stats).
///
/// `connections` of each endpoint is a gauge: it goes up and down. Every other number is a counter:
/// it begins at 0 when the space is made, and never decreases, also while sockets close, threads end
/// and the space shuts down. The counters are read one after the other while workers go on
/// counting. So a number may already include an event that another number does not include yet.
///
/// ```
/// use levante::{ClosedBy, Server};
///
/// let server = Server::new();
/// let before = server.stats();
/// server.publish("news", "nobody listens");
/// let stats = server.stats().since(&before);
/// assert_eq!(stats.publishes, 1);
/// assert_eq!(stats.total.deliveries, 0);
/// assert_eq!(stats.total.closed_by(ClosedBy::SlowConsumer), 0);
/// ```
///
/// [`Self::samples`] gives all numbers with the names and labels that Prometheus wants. With the
/// feature `metrics`, `report_metrics` hands them to the recorder of the
/// [`metrics`](https://docs.rs/metrics) crate.
///
/// Counting costs a few instructions for a message, and no thread waits for another one.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// All endpoints together.
    pub total: EndpointStats,
    /// Each endpoint by the path of its module, or of [`Service::path`](crate::Service::path). The
    /// path is the pattern, as in `/rooms/{room}`, without the scopes around the service. Two
    /// services with the same path are counted together. An endpoint has an entry after its first
    /// handshake.
    pub endpoints: BTreeMap<String, EndpointStats>,
    /// Counter: messages published, from any thread, with subscribers or without. A message counts
    /// when it has been encoded and its subscribers are known.
    pub publishes: u64,
    /// Counter: published messages that could not be encoded, for example as JSON.
    pub publishes_invalid: u64,
    /// Counter: the subscribers that missed a message because their worker refused it, as in
    /// [`Published::refused`](crate::Published::refused).
    pub publishes_refused: u64,
    /// Counter: connections that were cut off, because the peer had not answered the Close frame
    /// within `close_timeout` or the time of a shutdown.
    pub cut_off: u64,
}

/// The counters of one endpoint, or of all together: see [`Stats`].
///
/// ```
/// use levante::Server;
///
/// let stats = Server::global().stats();
/// for (path, endpoint) in &stats.endpoints {
///     println!("{path}: {} open, {} failures", endpoint.connections, endpoint.failed());
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EndpointStats {
    /// Gauge: the connections that are open now, closing ones included. It is `opened` less the sum
    /// of `closes`.
    pub connections: u64,
    /// Counter: connections that have begun, which is the number of handshakes answered with 101. A
    /// connection counts when its response is made.
    pub opened: u64,
    /// Counters: refused handshakes by cause. A cause that has not occurred has no entry. Requests
    /// that a middleware, a guard or the HTTP server answers do not count.
    pub refused: BTreeMap<RefusedBy, u64>,
    /// Counter: messages of peers. A message counts when it is complete and valid, right before the
    /// `message` handler is called. Control frames do not count.
    pub messages_received: u64,
    /// Counter: the bytes of the payloads of these messages, after they were inflated.
    pub bytes_received: u64,
    /// Counter: messages that sockets have accepted, sent to one socket or delivered to a subscriber.
    /// A message counts when it is queued, as for
    /// [`SendStatus::Sent`](crate::SendStatus::Sent) and
    /// [`Backpressure`](crate::SendStatus::Backpressure). If the connection is lost later, the peer
    /// may still miss it.
    pub messages_sent: u64,
    /// Counter: the bytes of the payloads of these messages, before they are compressed.
    pub bytes_sent: u64,
    /// Counter: those of `messages_sent` that were published. A message to a thousand subscribers is
    /// a thousand deliveries.
    pub deliveries: u64,
    /// Counter: messages that were dropped because the queue of their socket was full, sent or
    /// published.
    pub dropped_full: u64,
    /// Counter: messages that were dropped because their socket was closing or closed.
    pub dropped_closed: u64,
    /// Counter: messages to one socket that could not be encoded, for example as JSON.
    pub dropped_invalid: u64,
    /// Counter: queued messages that a newer one has replaced, with
    /// [`Policy::Latest`](crate::Policy::Latest). They are also in `messages_sent`.
    pub replaced: u64,
    /// Counters: ended connections by close code and cause, as in the
    /// [`CloseReason`](crate::CloseReason) of their `close` handler. A connection counts when its
    /// handlers are done. A pair that has not occurred has no entry.
    pub closes: BTreeMap<(CodeClass, ClosedBy), u64>,
    /// Counters: failed handlers, by handler and by how it failed, also if the module has an `error`
    /// handler. A pair that has not occurred has no entry.
    pub failures: BTreeMap<(HandlerKind, FailedBy), u64>,
}

impl Stats {
    /// What has happened since an earlier snapshot of the same space. Each counter is the difference;
    /// gauges stay as they are.
    ///
    /// A counter that is less than the earlier one, because the snapshots are in the wrong order or of
    /// different spaces, becomes 0.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let server = Server::new();
    /// let before = server.stats();
    /// server.publish("news", "it rains");
    /// assert_eq!(server.stats().since(&before).publishes, 1);
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let none = EndpointStats::default();
        let endpoints = self.endpoints.iter().map(|(path, stats)| {
            let earlier = earlier.endpoints.get(path).unwrap_or(&none);
            (path.clone(), stats.since(earlier))
        });
        Self {
            total: self.total.since(&earlier.total),
            endpoints: endpoints.collect(),
            publishes: self.publishes.saturating_sub(earlier.publishes),
            publishes_invalid: self
                .publishes_invalid
                .saturating_sub(earlier.publishes_invalid),
            publishes_refused: self
                .publishes_refused
                .saturating_sub(earlier.publishes_refused),
            cut_off: self.cut_off.saturating_sub(earlier.cut_off),
        }
    }
}

impl EndpointStats {
    /// The number of refused handshakes.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let stats = Server::global().stats();
    /// println!("{} of {} handshakes", stats.total.handshakes_refused(), stats.total.opened);
    /// ```
    pub fn handshakes_refused(&self) -> u64 {
        self.refused.values().sum()
    }

    /// The number of ended connections.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let stats = Server::global().stats();
    /// assert!(stats.total.closed() <= stats.total.opened);
    /// ```
    pub fn closed(&self) -> u64 {
        self.closes.values().sum()
    }

    /// The number of connections that this cause has ended. With [`ClosedBy::SlowConsumer`] it is
    /// the number of slow consumers that were cut off.
    ///
    /// ```
    /// use levante::{ClosedBy, Server};
    ///
    /// let stats = Server::global().stats();
    /// println!("{} lost", stats.total.closed_by(ClosedBy::Lost));
    /// ```
    pub fn closed_by(&self, cause: ClosedBy) -> u64 {
        let of_cause = self.closes.iter().filter(|((_, by), _)| *by == cause);
        of_cause.map(|(_, count)| count).sum()
    }

    /// The number of connections that ended with this code, or with a code of the same range.
    ///
    /// ```
    /// use levante::{CloseCode, Server};
    ///
    /// let stats = Server::global().stats();
    /// println!("{} too large", stats.total.closed_with(CloseCode::TooBig));
    /// ```
    pub fn closed_with(&self, code: impl Into<u16>) -> u64 {
        let class = CodeClass::from(code.into());
        let of_class = self.closes.iter().filter(|((other, _), _)| *other == class);
        of_class.map(|(_, count)| count).sum()
    }

    /// The number of failed handlers.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let stats = Server::global().stats();
    /// assert_eq!(stats.total.failed(), 0);
    /// ```
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Adds the numbers of another endpoint, or of another worker.
    fn add(&mut self, other: &Self) {
        for (sum, number) in self.numbers_with(other) {
            *sum += number;
        }
        self.connections += other.connections;
        add_all(&mut self.refused, &other.refused);
        add_all(&mut self.closes, &other.closes);
        add_all(&mut self.failures, &other.failures);
    }

    fn since(&self, earlier: &Self) -> Self {
        let mut since = self.clone();
        for (number, before) in since.numbers_with(earlier) {
            *number = number.saturating_sub(before);
        }
        subtract_all(&mut since.refused, &earlier.refused);
        subtract_all(&mut since.closes, &earlier.closes);
        subtract_all(&mut since.failures, &earlier.failures);
        since
    }

    /// The counters that are single numbers, each with that of `other`.
    fn numbers_with(&mut self, other: &Self) -> [(&mut u64, u64); 10] {
        [
            (&mut self.opened, other.opened),
            (&mut self.messages_received, other.messages_received),
            (&mut self.bytes_received, other.bytes_received),
            (&mut self.messages_sent, other.messages_sent),
            (&mut self.bytes_sent, other.bytes_sent),
            (&mut self.deliveries, other.deliveries),
            (&mut self.dropped_full, other.dropped_full),
            (&mut self.dropped_closed, other.dropped_closed),
            (&mut self.dropped_invalid, other.dropped_invalid),
            (&mut self.replaced, other.replaced),
        ]
    }
}

fn add_all<K: Ord + Copy>(sums: &mut BTreeMap<K, u64>, counts: &BTreeMap<K, u64>) {
    for (key, count) in counts {
        *sums.entry(*key).or_default() += count;
    }
}

/// Subtracts, and removes what becomes zero.
fn subtract_all<K: Ord>(counts: &mut BTreeMap<K, u64>, earlier: &BTreeMap<K, u64>) {
    counts.retain(|key, count| {
        *count = count.saturating_sub(earlier.get(key).copied().unwrap_or_default());
        *count > 0
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(factor: u64) -> Stats {
        let mut total = EndpointStats {
            connections: factor,
            refused: [(RefusedBy::Origins, factor)].into(),
            closes: [((CodeClass::Code(1000), ClosedBy::Peer), 2 * factor)].into(),
            failures: [((HandlerKind::Open, FailedBy::Panic), 3 * factor)].into(),
            ..EndpointStats::default()
        };
        let numbers = total.numbers_with(&EndpointStats::default());
        for (place, (number, _)) in (1..).zip(numbers) {
            *number = place * factor;
        }
        Stats {
            endpoints: [("/a".to_owned(), total.clone())].into(),
            total,
            publishes: 11 * factor,
            publishes_invalid: 12 * factor,
            publishes_refused: 13 * factor,
            cut_off: 14 * factor,
        }
    }

    #[test]
    fn the_difference_is_of_counters_alone() {
        let mut expected = stats(2);
        expected.total.connections = 5;
        for endpoint in expected.endpoints.values_mut() {
            endpoint.connections = 5;
        }
        assert_eq!(stats(5).since(&stats(3)), expected);
        assert_eq!(stats(5).since(&Stats::default()), stats(5));
    }

    #[test]
    fn nothing_is_left_of_equal_counters_and_nothing_goes_below_zero() {
        for earlier in [stats(1), stats(2)] {
            let since = stats(1).since(&earlier);
            let mut expected = Stats::default();
            expected.total.connections = 1;
            expected
                .endpoints
                .insert("/a".to_owned(), expected.total.clone());
            assert_eq!(since, expected);
        }
    }

    #[test]
    fn a_sum_has_every_number() {
        let mut sum = stats(1).total;
        sum.add(&stats(2).total);
        assert_eq!(sum, stats(3).total);
    }
}
