//! The meters of a space, and the sums of meters that nothing counts in any more.

use std::sync::{Arc, PoisonError};

use crate::{
    lock::{LEDGER, Mutex, MutexGuard},
    stats::{Meter, Stats},
};

/// Every meter of a space. No count is lost when a worker ends: its meters stay here until nothing
/// else refers to them, and then their numbers are added to those of earlier ones.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Book, LEDGER>);

#[derive(Debug, Default)]
struct Book {
    meters: Vec<Arc<Meter>>,
    /// The sums of all earlier meters.
    past: Stats,
}

impl Ledger {
    /// Makes a meter for the worker of this thread.
    pub(super) fn open(&self, path: Option<Arc<str>>) -> Arc<Meter> {
        let meter = Arc::new(Meter::new(path));
        let mut book = self.lock();
        book.settle();
        book.meters.push(meter.clone());
        meter
    }

    /// A meter of this path, for a seldom event on a thread without a worker.
    pub(crate) fn any(&self, path: Option<&Arc<str>>) -> Arc<Meter> {
        let mut book = self.lock();
        let known = book.meters.iter().find(|meter| meter.path() == path);
        if let Some(known) = known {
            return known.clone();
        }
        let meter = Arc::new(Meter::new(path.cloned()));
        book.meters.push(meter.clone());
        meter
    }

    /// The sums of all meters since the space was made.
    pub(crate) fn sums(&self) -> Stats {
        let mut book = self.lock();
        book.settle();
        let mut sums = book.past.clone();
        for meter in &book.meters {
            meter.add_to(&mut sums);
        }
        sums
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Adds up the meters that nothing else refers to.
    fn settle(&mut self) {
        let Self { meters, past } = self;
        meters.retain_mut(|meter| match Arc::get_mut(meter) {
            // Unique, so every write to it has happened before, and none follows.
            Some(meter) => {
                meter.add_to(past);
                false
            }
            None => true,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::close::CloseReason;

    #[test]
    fn no_count_is_lost_when_a_meter_is_given_up() {
        let ledger = Ledger::default();
        let paths = ["/a", "/b"].map(Arc::<str>::from);
        for round in 1..=3 {
            for path in &paths {
                let meter = ledger.open(Some(path.clone()));
                meter.opened();
                meter.sent(5);
                meter.closed(&CloseReason::lost());
                let now = ledger.sums();
                assert_eq!(now.endpoints[&**path].messages_sent, round);
            }
            let sums = ledger.sums();
            assert_eq!(sums.total.opened, 2 * round);
            assert_eq!(sums.total.bytes_sent, 10 * round);
            assert!(ledger.lock().meters.is_empty());
            assert_eq!(sums.total.closed(), 2 * round);
            assert_eq!(sums.total.connections, 0);
        }
    }

    #[test]
    fn an_event_without_a_worker_counts_for_its_path() {
        let ledger = Ledger::default();
        let path = Arc::from("/a");
        for round in 1..=3 {
            ledger.any(Some(&path)).dropped_full();
            ledger.any(None).publish_invalid();
            let sums = ledger.sums();
            assert_eq!(sums.endpoints["/a"].dropped_full, round);
            assert_eq!(sums.publishes_invalid, round);
        }
    }

    #[test]
    fn no_number_goes_back_while_meters_come_and_go() {
        let ledger = Ledger::default();
        thread::scope(|scope| {
            let workers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..300 {
                            let meter = ledger.open(Some("/a".into()));
                            meter.opened();
                            meter.received(1);
                            meter.published();
                        }
                    })
                })
                .collect();
            let mut last = ledger.sums();
            while !workers.iter().all(|it| it.is_finished()) {
                let now = ledger.sums();
                assert!(now.total.opened >= last.total.opened);
                assert!(now.total.messages_received >= last.total.messages_received);
                assert!(now.publishes >= last.publishes);
                last = now;
            }
        });
        let sums = ledger.sums();
        assert_eq!(sums.total.opened, 900);
        assert_eq!(sums.total.bytes_received, 900);
        assert_eq!(sums.publishes, 900);
    }
}
