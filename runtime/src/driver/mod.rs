//! What connects a [`Connection`](crate::connection::Connection) to the network.

pub(crate) mod body;
pub(crate) mod takeover;

use std::{
    cell::RefCell,
    task::{Context, Waker},
};

/// How a task can be woken, once it has been polled.
#[derive(Debug, Default)]
struct Sleeper(RefCell<Option<Waker>>);

impl Sleeper {
    /// Keeps the waker of the task that is being polled.
    fn remember(&self, cx: &Context<'_>) {
        let mut slot = self.0.borrow_mut();
        match &mut *slot {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *slot = Some(cx.waker().clone()),
        }
    }

    fn wake(&self) {
        if let Some(waker) = &*self.0.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Does something in the name of the task: whatever it registers for wakes the task. `None` if
    /// the task has not been polled yet.
    fn impersonate<R>(&self, act: impl FnOnce(&mut Context<'_>) -> R) -> Option<R> {
        let slot = self.0.borrow();
        slot.as_ref()
            .map(|waker| act(&mut Context::from_waker(waker)))
    }
}
