//! Telling whoever waits for it that a socket is not open any more.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::guard;

/// The end of one socket, as those see it that wait for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Notify>);

impl Watch {
    /// It has come. Wakes tasks of the application, so that no lock may be held.
    pub(crate) fn announce(&self) {
        if let Err(panic) = guard::call(|| self.0.notify_waiters()) {
            panic.log(&None, "a waker panicked");
        }
    }

    /// Waits for it, unless it has come by now.
    pub(crate) async fn wait(&self, has_come: impl FnOnce() -> bool) {
        // From here on nothing is missed.
        let announced = self.0.notified();
        if !has_come() {
            announced.await;
        }
    }
}
