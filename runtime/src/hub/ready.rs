//! Producers that wait until the workers have caught up.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    vec,
};

use crate::worker::{LocalWorker, Space, Ticket, Worker};

/// Waits for each worker in turn until its inbox is at most half full. If the future is polled on
/// the worker's own thread, it also waits for one round in which that worker delivers and writes.
#[derive(Debug)]
pub(crate) struct Ready {
    space: Arc<Space>,
    /// The workers that are not checked yet; `None` before the first poll.
    workers: Option<vec::IntoIter<Arc<Worker>>>,
    /// The worker that the future waits for.
    waits: Option<(Arc<Worker>, Ticket)>,
}

impl Ready {
    pub(crate) fn new(space: Arc<Space>) -> Self {
        Self {
            space,
            workers: None,
            waits: None,
        }
    }
}

impl Future for Ready {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self {
            space,
            workers,
            waits,
        } = &mut *self;
        loop {
            if let Some((worker, ticket)) = waits {
                if worker.inbox().waits(*ticket, cx.waker()) {
                    return Poll::Pending;
                }
                *waits = None;
            }
            let workers = workers.get_or_insert_with(|| space.workers().clone().into_iter());
            let Some(worker) = workers.next() else {
                return Poll::Ready(());
            };
            let is_here = LocalWorker::here(&worker).is_some();
            let inbox = worker.inbox();
            if let Some(ticket) = inbox.wait(cx.waker(), is_here, space.publish_limit()) {
                *waits = Some((worker, ticket));
            }
        }
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let Some((worker, ticket)) = &self.waits {
            worker.inbox().forget(*ticket);
        }
    }
}
