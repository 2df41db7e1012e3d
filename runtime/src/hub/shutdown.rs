//! The end of a space: everybody is sent away, and nobody comes in any more.

use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout, timeout_at},
};

use super::{Closing, Hub, lock};
use crate::close::{CloseCode, CloseReason, ClosedBy};

/// How long is waited for the `close` handlers of those that have been cut off.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// Every space of this process that somebody still has.
static SPACES: Mutex<Vec<Weak<Hub>>> = Mutex::new(Vec::new());

/// How far a space is on its way out.
#[derive(Debug, Default)]
pub(super) struct Shutdown {
    /// Nobody comes in any more.
    begun: AtomicBool,
    /// How many connections have been cut off since there is the space.
    cut_off: AtomicUsize,
    /// A worker has no connections any more.
    emptied: Notify,
}

impl Hub {
    pub(crate) fn new() -> Arc<Self> {
        let hub = Arc::default();
        let mut spaces = lock(&SPACES);
        spaces.retain(|space| space.strong_count() > 0);
        spaces.push(Arc::downgrade(&hub));
        hub
    }

    /// Every space of this process.
    pub(crate) fn all() -> Vec<Arc<Self>> {
        lock(&SPACES).iter().filter_map(Weak::upgrade).collect()
    }

    /// Closes sockets, each behind what has been published to it.
    pub(crate) fn close_all(&self, closing: &Closing) {
        for worker in &*self.workers() {
            worker.send_away(closing.clone());
        }
    }

    /// Sends everybody away, and lets nobody in any more. What is returned waits until they are
    /// gone, cuts off those that are not at the deadline, and tells how many those were.
    pub(crate) fn shut_down(
        self: Arc<Self>,
        reason: CloseReason,
        deadline: Instant,
    ) -> impl Future<Output = usize> + Send + 'static {
        let before = self.shutdown.cut_off.load(Relaxed);
        self.shutdown.begun.store(true, Release);
        self.close_all(&Closing {
            owner: None,
            reason,
        });
        async move {
            if timeout_at(deadline, self.empty()).await.is_err() {
                self.cut_off_all();
                // A handler that does not return is not waited for.
                let _ = timeout(FAREWELL, self.empty()).await;
            }
            self.shutdown.cut_off.load(Relaxed) - before
        }
    }

    /// Whether nobody may come in any more. To be asked again when a connection has been
    /// registered: only then is it certain to be sent away with the others.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.shutdown.begun.load(Acquire)
    }

    pub(crate) fn count_cut_off(&self) {
        self.shutdown.cut_off.fetch_add(1, Relaxed);
    }

    /// A worker has no connections any more.
    pub(super) fn note_departures(&self) {
        self.shutdown.emptied.notify_waiters();
    }

    /// Waits until there are no connections.
    pub(crate) async fn empty(&self) {
        loop {
            let emptied = self.shutdown.emptied.notified();
            if self.connections() == 0 {
                return;
            }
            emptied.await;
        }
    }

    fn cut_off_all(&self) {
        let workers = self.workers().clone();
        for core in workers.iter().flat_map(|worker| worker.cores()) {
            core.cut_off(CloseReason::new(
                CloseCode::Abnormal,
                "",
                ClosedBy::Shutdown,
            ));
        }
    }
}
