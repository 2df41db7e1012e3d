//! Waits with a limit, which does not count time in which the process was stopped.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::clock;

/// If a timer fires late by at least this fraction of the limit, and by at least
/// [`SHORTEST_GRACE`], this thread did not run in the meantime.
const GRACE_FRACTION: u32 = 8;
const SHORTEST_GRACE: Duration = Duration::from_millis(50);

/// Waits for `future`; `None` if it takes longer than `limit`. Zero: no limit.
///
/// While the process was stopped or its thread was busy, `future` could make no progress. So if a
/// timer fires late, the wait is extended by a part of the limit.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    if limit.is_zero() {
        return Some(future.await);
    }
    let mut future = pin!(future);
    let mut deadline = clock::deadline(limit);
    loop {
        if let Ok(value) = timeout_at(deadline, &mut future).await {
            return Some(value);
        }
        deadline = extended(limit, deadline, clock::now())?;
    }
}

/// A limit for a wait that is polled. It counts time like [`within`].
///
/// It suits many short waits: starting and stopping it is cheap, because neither changes the timer
/// in the runtime. So the timer may fire before the end, and is then set again.
#[derive(Debug, Default)]
pub(crate) struct Countdown {
    limit: Duration,
    /// When the limit is over; `None` while the countdown is stopped.
    end: Option<Instant>,
    /// Fires at `end` or earlier. Created by the first poll.
    timer: Option<Pin<Box<Sleep>>>,
    /// The waker that the timer wakes.
    waker: Option<Waker>,
}

impl Countdown {
    /// Starts the countdown anew. Zero: no limit.
    pub(crate) fn start(&mut self, limit: Duration) {
        self.limit = limit;
        self.end = (!limit.is_zero()).then(|| clock::deadline(limit));
    }

    pub(crate) fn stop(&mut self) {
        self.end = None;
    }

    #[cfg(test)]
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Ready when the limit is over. Pending while the countdown is stopped.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(end) = &mut self.end else {
            return Poll::Pending;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(*end)));
        if *end < timer.deadline() {
            timer.as_mut().reset(*end);
            self.waker = None;
        }
        // Usually the timer is already set and knows this waker.
        if let Some(waker) = &self.waker
            && waker.will_wake(cx.waker())
            && !timer.is_elapsed()
        {
            return Poll::Pending;
        }
        self.waker = Some(cx.waker().clone());
        loop {
            ready!(timer.as_mut().poll(cx));
            let now = clock::now();
            if let Some(later) = extended(self.limit, timer.deadline(), now) {
                *end = later.max(*end);
            }
            if *end <= now {
                return Poll::Ready(());
            }
            timer.as_mut().reset(*end);
        }
    }

    /// Like [`poll`](Self::poll), but first starts the countdown if it is stopped.
    pub(crate) fn poll_for(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<()> {
        if self.end.is_none() {
            self.start(limit);
        }
        self.poll(cx)
    }
}

/// The new deadline, if the timer for `deadline` has fired late, at `now`; `None` if the limit is
/// over.
fn extended(limit: Duration, deadline: Instant, now: Instant) -> Option<Instant> {
    let grace = (limit / GRACE_FRACTION).max(SHORTEST_GRACE);
    let is_late = now.duration_since(deadline) >= grace;
    // A test that advances the clock stops no process.
    (is_late && !clock::is_moved()).then(|| now + grace)
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        future::{pending, poll_fn},
        thread,
    };

    use tokio::time::sleep;

    use super::*;

    const LIMIT: Duration = Duration::from_millis(20);

    #[actix_web::test]
    async fn a_clock_that_is_advanced_is_no_process_that_was_stopped() {
        tokio::time::pause();
        let start = clock::now();
        let far = 100 * SHORTEST_GRACE;
        let wait = within(LIMIT, pending::<()>());
        assert_eq!(tokio::join!(wait, tokio::time::advance(far)), (None, ()));
        let mut countdown = Countdown::default();
        let counted = poll_fn(|cx| countdown.poll_for(LIMIT, cx));
        tokio::join!(counted, tokio::time::advance(far));
        assert_eq!(clock::now() - start, 2 * far);
    }

    #[actix_web::test]
    async fn what_takes_longer_is_given_up() {
        assert_eq!(within(LIMIT, async { 1 }).await, Some(1));
        assert_eq!(within(Duration::ZERO, sleep(LIMIT)).await, Some(()));
        assert_eq!(within(Duration::MAX, sleep(LIMIT)).await, Some(()));
        assert_eq!(within(LIMIT, pending::<()>()).await, None);
    }

    #[actix_web::test]
    async fn time_in_which_the_thread_did_not_run_does_not_count() {
        let polls = Cell::new(0);
        let slow = poll_fn(|cx| {
            polls.set(polls.get() + 1);
            match polls.get() {
                1 => {
                    // Simulates that the process is stopped here.
                    thread::sleep(LIMIT + 2 * SHORTEST_GRACE);
                    let waker = cx.waker().clone();
                    actix_web::rt::spawn(async move { waker.wake() });
                    Poll::Pending
                }
                // The timer has fired before the future was woken.
                2 => Poll::Pending,
                _ => Poll::Ready(()),
            }
        });
        assert_eq!(within(LIMIT, slow).await, Some(()));
    }

    /// Polls once, without waiting for a waker.
    fn poll_once(countdown: &mut Countdown) -> Poll<()> {
        countdown.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[actix_web::test]
    async fn a_countdown_ends_only_while_it_runs() {
        let mut countdown = Countdown::default();
        assert!(poll_once(&mut countdown).is_pending());
        countdown.start(LIMIT);
        poll_fn(|cx| countdown.poll(cx)).await;
        assert!(poll_once(&mut countdown).is_ready());
        countdown.stop();
        assert!(poll_once(&mut countdown).is_pending());
        // The timer has fired already, but does not end the next wait.
        countdown.start(Duration::MAX);
        assert!(poll_once(&mut countdown).is_pending());
        countdown.start(Duration::ZERO);
        assert!(poll_once(&mut countdown).is_pending());
        // A timer that is set for a later time does not delay the next wait.
        countdown.stop();
        poll_fn(|cx| countdown.poll_for(LIMIT, cx)).await;
    }

    #[actix_web::test]
    async fn a_countdown_that_is_started_anew_ends_later() {
        let mut countdown = Countdown::default();
        let start = clock::now();
        countdown.start(LIMIT);
        assert!(poll_once(&mut countdown).is_pending());
        countdown.start(3 * LIMIT);
        poll_fn(|cx| countdown.poll(cx)).await;
        assert!(clock::now() >= start + 3 * LIMIT);
    }

    #[actix_web::test]
    async fn a_countdown_does_not_count_time_in_which_the_thread_did_not_run() {
        let mut countdown = Countdown::default();
        countdown.start(LIMIT);
        assert!(poll_once(&mut countdown).is_pending());
        thread::sleep(LIMIT + 2 * SHORTEST_GRACE);
        // Let the runtime fire its timers.
        sleep(Duration::from_millis(1)).await;
        assert!(poll_once(&mut countdown).is_pending());
        poll_fn(|cx| countdown.poll(cx)).await;
    }
}
