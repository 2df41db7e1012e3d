//! Drivers connect a [`Connection`](crate::connection::Connection) to the network.

pub(crate) mod body;
pub(crate) mod takeover;
#[cfg(test)]
mod tests;

use std::{
    cell::RefCell,
    task::{Context, Waker},
};

/// The waker of a task, once the task has been polled.
#[derive(Debug, Default)]
struct Sleeper(RefCell<Option<Waker>>);

impl Sleeper {
    /// Keeps the waker of the current task.
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
}
