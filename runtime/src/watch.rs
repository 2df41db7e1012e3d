//! Tells waiting tasks that a socket is no longer open.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::guard;

/// The end of one socket, for the tasks that wait for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Notify>);

impl Watch {
    /// Tells all waiting tasks that the socket has ended. This wakes tasks of the application, so
    /// the caller must hold no lock.
    pub(crate) fn announce(&self) {
        if let Err(panic) = guard::call(|| self.0.notify_waiters()) {
            panic.log(&None, "a waker panicked");
        }
    }

    /// Waits until the socket has ended. Returns at once if `has_come` says that it has ended
    /// already.
    pub(crate) async fn wait(&self, has_come: impl FnOnce() -> bool) {
        // Register first, so that an end between the check and the wait is not missed.
        let announced = self.0.notified();
        if !has_come() {
            announced.await;
        }
    }
}
