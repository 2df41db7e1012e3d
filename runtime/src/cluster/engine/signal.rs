//! A flag that one part of the engine sets for another one.

use std::{
    cell::{Cell, RefCell},
    task::{Context, Poll, Waker},
};

/// A flag with one part that waits for it.
#[derive(Debug, Default)]
pub(super) struct Signal {
    is_set: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Signal {
    pub(super) fn set(&self) {
        self.is_set.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Ready if it was set since it was last ready.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_set.take() {
            return Poll::Ready(());
        }
        let mut waker = self.waker.borrow_mut();
        if waker.as_ref().is_none_or(|it| !it.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_once_each_time_it_is_set() {
        let signal = Signal::default();
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(signal.poll(cx).is_pending());
        signal.set();
        signal.set();
        assert!(signal.poll(cx).is_ready());
        assert!(signal.poll(cx).is_pending());
    }
}
