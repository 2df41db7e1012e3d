//! The end of a space: it refuses new connections and closes the others.

use std::{
    future::Future,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    lock::{Mutex, SPACES},
    worker::{Closing, Space, Which, lock},
};

/// How long a shutdown waits for the `close` handlers of connections that it has cut off.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// Every space of this process that is still in use.
static OPEN: Mutex<Vec<Weak<Space>>, SPACES> = Mutex::new(Vec::new());

/// Makes a space.
pub(crate) fn open() -> Arc<Space> {
    let space = Arc::default();
    let mut spaces = lock(&OPEN);
    spaces.retain(|space| space.strong_count() > 0);
    spaces.push(Arc::downgrade(&space));
    space
}

/// Every space of this process.
pub(crate) fn all() -> Vec<Arc<Space>> {
    lock(&OPEN).iter().filter_map(Weak::upgrade).collect()
}

/// Closes sockets, each behind the messages that were published to it.
pub(crate) fn close_all(space: &Space, closing: &Closing) {
    for worker in &*space.workers() {
        worker.send_away(closing.clone());
    }
}

/// Refuses new connections and closes all others. The returned future waits until they have ended,
/// cuts off those that are left at the deadline, and returns the number of those.
pub(crate) fn shut_down(
    space: Arc<Space>,
    reason: CloseReason,
    deadline: Instant,
) -> impl Future<Output = usize> + Send + 'static {
    let before = space.cut_off();
    space.begin_shutdown();
    let closing = Closing {
        which: Which::All,
        reason,
    };
    close_all(&space, &closing);
    async move {
        if timeout_at(deadline, space.empty()).await.is_err() {
            cut_off_all(&space);
            // The shutdown does not wait for a handler that does not return.
            let _ = timeout(FAREWELL, space.empty()).await;
            space.receivers().end();
        }
        space.cut_off() - before
    }
}

fn cut_off_all(space: &Space) {
    let workers = space.workers().clone();
    for core in workers.iter().flat_map(|worker| worker.cores()) {
        core.cut_off(CloseReason::new(
            CloseCode::Abnormal,
            "",
            ClosedBy::Shutdown,
        ));
    }
}
