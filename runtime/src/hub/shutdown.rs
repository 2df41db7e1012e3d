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

/// Ends a space: its [connections](shut_down_sockets), and then its link to other nodes.
pub(crate) fn shut_down(
    space: Arc<Space>,
    reason: CloseReason,
    deadline: Instant,
) -> impl Future<Output = usize> + Send + 'static {
    let sockets = shut_down_sockets(space.clone(), reason, deadline);
    // Also if the future is dropped.
    space.leave_when_over();
    async move {
        let cut_off = sockets.await;
        leave(&space, deadline).await;
        cut_off
    }
}

/// Refuses new connections and closes all others. The returned future waits until they have ended,
/// cuts off those that are left at the deadline, and returns the number of those.
pub(crate) fn shut_down_sockets(
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

/// Stops the link to other nodes. The returned future waits until the broker has all that was
/// published before. The `close` handlers of connections that were cut off at the deadline may have
/// published after it, so the wait ends [`FAREWELL`] after the deadline, as theirs does.
pub(crate) fn leave(space: &Space, deadline: Instant) -> impl Future<Output = ()> + Send + use<> {
    let link = space.link().cloned();
    if let Some(link) = &link {
        link.stop();
    }
    async move {
        let Some(link) = link else {
            return;
        };
        let deadline = deadline.checked_add(FAREWELL).unwrap_or(deadline);
        if timeout_at(deadline, link.stopped()).await.is_err() {
            link.abandon();
        }
    }
}

/// Waits as [`leave`] does, but leaves the link as it is, for a space that is still in use.
pub(crate) async fn flush(space: &Space, deadline: Instant) {
    if let Some(link) = space.link() {
        let deadline = deadline.checked_add(FAREWELL).unwrap_or(deadline);
        let _ = timeout_at(deadline, link.flushed()).await;
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
