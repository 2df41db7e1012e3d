//! The cells in which the engine counts.
//!
//! Each endpoint has a [`Meter`] on each worker, and each worker has one for its publishes. So
//! threads do not write to the same cache lines:
//!
//! - The thread of the worker adds with a plain load and store. It is the only writer of its cells.
//! - Deliveries run under the lock of the worker's shard, most of them on its thread. They have
//!   cells of their own, which are written in the same way under that lock.
//! - Other threads that send to a socket of the worker add with an atomic operation. They hold a
//!   lock of that socket anyway.
//! - Seldom events are added with an atomic operation by any thread.

use std::{
    cell::Cell,
    collections::BTreeMap,
    ops::{AddAssign, Mul, SubAssign},
    sync::{
        Arc,
        atomic::{
            AtomicU64, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed},
        },
    },
};

use super::{
    EndpointStats, Stats,
    labels::{CodeClass, FailedBy, RefusedBy},
};
use crate::{
    close::{CloseReason, ClosedBy},
    error::{HandlerError, HandlerKind},
};

/// Messages, and the bytes of their payloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

impl Traffic {
    /// One message.
    pub(crate) fn of(payload_len: usize) -> Self {
        Self {
            messages: 1,
            bytes: payload_len as u64,
        }
    }
}

impl Mul<u64> for Traffic {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self {
            messages: self.messages * times,
            bytes: self.bytes * times,
        }
    }
}

impl SubAssign for Traffic {
    fn sub_assign(&mut self, other: Self) {
        self.messages = self.messages.wrapping_sub(other.messages);
        self.bytes = self.bytes.wrapping_sub(other.bytes);
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }
}

/// What subscribers of a delivery have not accepted as it was published, for the counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Missed {
    /// The messages that found a full queue.
    pub(crate) full: Traffic,
    /// The messages to subscribers that were no longer open.
    pub(crate) closed: Traffic,
    /// The messages that their publisher has left out for a subscriber. No counter has them.
    pub(crate) left_out: Traffic,
    /// The messages that were accepted in the place of an older one.
    pub(crate) replaced: u64,
}

/// The counters of one endpoint on one worker.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The path of the endpoint; `None` for events that belong to no endpoint.
    path: Option<Arc<str>>,
    thread: Thread,
    own: Line<Own>,
    delivered: Line<Flow>,
    others: Line<Flow>,
    seldom: Seldom,
}

/// The cells of one writer, on cache lines of their own. Two lines, because processors fetch them in
/// pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Line<T>(T);

/// The cells that only the thread of the worker writes.
#[derive(Debug, Default)]
struct Own {
    received: Flow,
    sent: Flow,
    publishes: AtomicU64,
}

/// A counter of messages and of their bytes.
#[derive(Debug, Default)]
struct Flow {
    messages: AtomicU64,
    bytes: AtomicU64,
}

/// The cells that any thread may write.
#[derive(Debug)]
struct Seldom {
    opened: AtomicU64,
    dropped_full: AtomicU64,
    dropped_closed: AtomicU64,
    invalid: AtomicU64,
    replaced: AtomicU64,
    publishes_refused: AtomicU64,
    publishes_invalid: AtomicU64,
    refused: [AtomicU64; RefusedBy::ALL.len()],
    closes: [[AtomicU64; ClosedBy::ALL.len()]; CodeClass::COUNT],
    failures: [[AtomicU64; FailedBy::ALL.len()]; HandlerKind::ALL.len()],
}

impl Default for Seldom {
    fn default() -> Self {
        Self {
            opened: AtomicU64::new(0),
            dropped_full: AtomicU64::new(0),
            dropped_closed: AtomicU64::new(0),
            invalid: AtomicU64::new(0),
            replaced: AtomicU64::new(0),
            publishes_refused: AtomicU64::new(0),
            publishes_invalid: AtomicU64::new(0),
            refused: [const { AtomicU64::new(0) }; _],
            closes: [const { [const { AtomicU64::new(0) }; _] }; _],
            failures: [const { [const { AtomicU64::new(0) }; _] }; _],
        }
    }
}

impl Meter {
    /// A meter for the worker of this thread.
    pub(crate) fn new(path: Option<Arc<str>>) -> Self {
        Self {
            path,
            thread: Thread::identified(),
            own: Line::default(),
            delivered: Line::default(),
            others: Line::default(),
            seldom: Seldom::default(),
        }
    }

    pub(crate) fn path(&self) -> Option<&Arc<str>> {
        self.path.as_ref()
    }

    /// Counts a message of a peer. Only for the thread of the worker.
    #[inline]
    pub(crate) fn received(&self, payload_len: usize) {
        self.own.0.received.add(Traffic::of(payload_len));
    }

    /// Counts a message that a socket has accepted from a caller on any thread.
    #[inline]
    pub(crate) fn sent(&self, payload_len: usize) {
        let traffic = Traffic::of(payload_len);
        if self.thread == Thread::current() {
            self.own.0.sent.add(traffic);
        } else {
            self.others.0.add_shared(traffic);
        }
    }

    /// Counts messages that a subscriber has accepted. Only under the lock of the worker's shard.
    #[inline]
    pub(crate) fn delivered(&self, traffic: Traffic) {
        self.delivered.0.add(traffic);
    }

    /// Counts a message published by this thread. Only for the thread of the worker.
    #[inline]
    pub(crate) fn published(&self) {
        add(&self.own.0.publishes, 1);
    }

    /// Counts subscribers for which a worker has refused a published message.
    pub(crate) fn publishes_refused(&self, subscribers: usize) {
        add_shared(&self.seldom.publishes_refused, subscribers as u64);
    }

    /// Counts a published message that could not be encoded.
    pub(crate) fn publish_invalid(&self) {
        add_shared(&self.seldom.publishes_invalid, 1);
    }

    /// [`Self::delivered`], less those that subscribers have missed.
    #[cold]
    pub(crate) fn delivered_but(&self, all: Traffic, missed: &Missed) {
        let mut accepted = all;
        accepted -= missed.full;
        accepted -= missed.closed;
        accepted -= missed.left_out;
        self.delivered(accepted);
        for (cell, count) in [
            (&self.seldom.dropped_full, missed.full.messages),
            (&self.seldom.dropped_closed, missed.closed.messages),
            (&self.seldom.replaced, missed.replaced),
        ] {
            if count > 0 {
                add_shared(cell, count);
            }
        }
    }

    /// Counts a message for which a queue had no room.
    pub(crate) fn dropped_full(&self) {
        add_shared(&self.seldom.dropped_full, 1);
    }

    /// Counts a message to a socket that was no longer open.
    pub(crate) fn dropped_closed(&self) {
        add_shared(&self.seldom.dropped_closed, 1);
    }

    /// Counts a message to one socket that could not be encoded.
    pub(crate) fn dropped_invalid(&self) {
        add_shared(&self.seldom.invalid, 1);
    }

    /// Counts a connection that begins.
    pub(crate) fn opened(&self) {
        add_shared(&self.seldom.opened, 1);
    }

    /// Counts a connection that has ended.
    pub(crate) fn closed(&self, reason: &CloseReason) {
        let class = CodeClass::from(u16::from(reason.code));
        let by = self.seldom.closes.get(class.index());
        if let Some(cell) = by.and_then(|by| by.get(reason.by as usize)) {
            add_shared(cell, 1);
        }
    }

    /// Counts a refused handshake.
    pub(crate) fn refused(&self, by: RefusedBy) {
        if let Some(cell) = self.seldom.refused.get(by as usize) {
            add_shared(cell, 1);
        }
    }

    /// Counts the failure of a handler.
    pub(crate) fn failed(&self, error: &HandlerError) {
        let by = match error {
            HandlerError::Returned(_) => FailedBy::Error,
            HandlerError::Panicked(_) => FailedBy::Panic,
            HandlerError::Payload(_) => FailedBy::Payload,
            HandlerError::TimedOut(_) => FailedBy::Timeout,
        };
        let kinds = self.seldom.failures.get(error.handler() as usize);
        if let Some(cell) = kinds.and_then(|kinds| kinds.get(by as usize)) {
            add_shared(cell, 1);
        }
    }

    /// Adds the numbers counted so far to `stats`.
    pub(crate) fn add_to(&self, stats: &mut Stats) {
        let mut own = EndpointStats::default();
        self.read(&mut own);
        stats.publishes += get(&self.own.0.publishes);
        stats.publishes_refused += get(&self.seldom.publishes_refused);
        stats.publishes_invalid += get(&self.seldom.publishes_invalid);
        if let Some(path) = &self.path {
            stats
                .endpoints
                .entry(path.to_string())
                .or_default()
                .add(&own);
        }
        stats.total.add(&own);
    }

    fn read(&self, stats: &mut EndpointStats) {
        // The ends are read before the begins, so that no end is counted without its begin.
        for (code, by_whom) in CodeClass::all().zip(&self.seldom.closes) {
            for (by, cell) in ClosedBy::ALL.into_iter().zip(by_whom) {
                note(&mut stats.closes, (code, by), cell);
            }
        }
        stats.opened = self.seldom.opened.load(Acquire);
        stats.connections = stats.opened.saturating_sub(stats.closed());
        for (by, cell) in RefusedBy::ALL.into_iter().zip(&self.seldom.refused) {
            note(&mut stats.refused, by, cell);
        }
        for (handler, by_sort) in HandlerKind::ALL.into_iter().zip(&self.seldom.failures) {
            for (by, cell) in FailedBy::ALL.into_iter().zip(by_sort) {
                note(&mut stats.failures, (handler, by), cell);
            }
        }
        let received = self.own.0.received.get();
        let delivered = self.delivered.0.get();
        let mut sent = self.own.0.sent.get();
        sent += self.others.0.get();
        sent += delivered;
        stats.messages_received = received.messages;
        stats.bytes_received = received.bytes;
        stats.messages_sent = sent.messages;
        stats.bytes_sent = sent.bytes;
        stats.deliveries = delivered.messages;
        stats.dropped_full = get(&self.seldom.dropped_full);
        stats.dropped_closed = get(&self.seldom.dropped_closed);
        stats.dropped_invalid = get(&self.seldom.invalid);
        stats.replaced = get(&self.seldom.replaced);
    }
}

impl Flow {
    /// For the only writer.
    #[inline]
    fn add(&self, traffic: Traffic) {
        add(&self.messages, traffic.messages);
        add(&self.bytes, traffic.bytes);
    }

    /// For one of several writers.
    fn add_shared(&self, traffic: Traffic) {
        add_shared(&self.messages, traffic.messages);
        add_shared(&self.bytes, traffic.bytes);
    }

    fn get(&self) -> Traffic {
        Traffic {
            messages: get(&self.messages),
            bytes: get(&self.bytes),
        }
    }
}

/// Adds to a cell of the only writer.
#[inline]
fn add(cell: &AtomicU64, count: u64) {
    cell.store(cell.load(Relaxed).wrapping_add(count), Relaxed);
}

/// Adds to a cell of several writers.
fn add_shared(cell: &AtomicU64, count: u64) {
    cell.fetch_add(count, AcqRel);
}

fn get(cell: &AtomicU64) -> u64 {
    cell.load(Acquire)
}

/// Notes the number in a cell, unless it is zero.
fn note<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, cell: &AtomicU64) {
    let count = get(cell);
    if count > 0 {
        counts.insert(key, count);
    }
}

/// Identifies a thread that has made a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Thread(usize);

impl Thread {
    /// Any thread that has made no meter.
    const OTHER: Self = Self(0);

    /// The identity of this thread. Takes a single load, unlike [`std::thread::current`].
    #[inline]
    fn current() -> Self {
        Self(THREAD.get())
    }

    /// Gives this thread an identity, unless it has one.
    fn identified() -> Self {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        if Self::current() == Self::OTHER {
            THREAD.set(LAST.fetch_add(1, Relaxed) + 1);
        }
        Self::current()
    }
}

thread_local! {
    static THREAD: Cell<usize> = const { Cell::new(Thread::OTHER.0) };
}

#[cfg(test)]
mod tests {
    use std::{ptr, thread};

    use super::*;
    use crate::close::CloseCode;

    fn read(meter: &Meter) -> Stats {
        let mut stats = Stats::default();
        meter.add_to(&mut stats);
        stats
    }

    #[test]
    fn threads_that_send_lose_no_count() {
        const THREADS: u64 = 4;
        const EACH: u64 = 10_000;
        let meter = Meter::new(Some("/a".into()));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..EACH).for_each(|_| meter.sent(3)));
            }
            (0..EACH).for_each(|_| meter.sent(3));
        });
        let stats = read(&meter);
        assert_eq!(stats.total.messages_sent, (THREADS + 1) * EACH);
        assert_eq!(stats.total.bytes_sent, 3 * (THREADS + 1) * EACH);
        assert_eq!(stats.endpoints["/a"], stats.total);
        // The thread of the worker has written none of the shared cells.
        assert_eq!(meter.others.0.get().messages, THREADS * EACH);
    }

    #[test]
    fn every_end_and_every_failure_has_a_cell_of_its_own() {
        let meter = Meter::new(None);
        let mut ends = 0;
        for code in [1000, 1006, 1015, 3000, 3999, 4000, 17] {
            for by in ClosedBy::ALL {
                meter.closed(&CloseReason::new(CloseCode::from(code), "", by));
                ends += 1;
            }
        }
        for handler in HandlerKind::ALL {
            meter.failed(&HandlerError::panicked(handler, String::new()));
            meter.failed(&HandlerError::TimedOut(handler));
        }
        for by in RefusedBy::ALL {
            meter.refused(by);
        }
        let stats = read(&meter).total;
        assert_eq!(stats.closed(), ends);
        let key = |code: u16, by| (CodeClass::from(code), by);
        for by in ClosedBy::ALL {
            assert_eq!(stats.closes[&key(1006, by)], 1, "{by:?}");
            assert_eq!(stats.closes[&key(3500, by)], 2, "{by:?}");
            assert_eq!(stats.closed_by(by), 7, "{by:?}");
        }
        for handler in HandlerKind::ALL {
            for by in [FailedBy::Panic, FailedBy::Timeout] {
                assert_eq!(stats.failures[&(handler, by)], 1, "{handler:?} {by:?}");
            }
        }
        assert_eq!(stats.failed(), 2 * HandlerKind::ALL.len() as u64);
        assert_eq!(stats.refused.len(), RefusedBy::ALL.len());
        assert_eq!(stats.handshakes_refused(), RefusedBy::ALL.len() as u64);
    }

    #[test]
    fn the_cells_of_two_writers_share_no_cache_line() {
        let meter = Meter::new(None);
        let lines = [
            ptr::from_ref(&meter.own).addr(),
            ptr::from_ref(&meter.delivered).addr(),
            ptr::from_ref(&meter.others).addr(),
        ];
        for (at, line) in lines.into_iter().enumerate() {
            assert_eq!(line % 128, 0);
            assert!(!lines[..at].contains(&line));
        }
    }
}
