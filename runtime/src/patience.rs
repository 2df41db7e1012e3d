//! Waiting for something, but not for ever, and not for time in which the process was stopped.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::clock;

/// A timer that fires later than this part of the limit, or than [`SHORTEST_GRACE`], says that this
/// thread has not run meanwhile.
const GRACE_FRACTION: u32 = 8;
const SHORTEST_GRACE: Duration = Duration::from_millis(50);

/// Waits for `future`, but no longer than `limit`: `None` if it takes longer. Zero is no limit.
///
/// A process that was stopped, or whose thread was busy, has made no use of that time. So a timer
/// that fires late is set once more, for a part of the limit.
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

/// A limit for a wait that is polled. It counts time as [`within`] does.
///
/// Starting and stopping it is cheap, so that it may limit each of many short waits: it leaves the
/// runtime's timer alone. A timer that fires too early is then set once more.
#[derive(Debug, Default)]
pub(crate) struct Countdown {
    limit: Duration,
    /// When the limit is over; `None` while nothing is waited for.
    end: Option<Instant>,
    /// Fires at the `end` or earlier, once it has been polled.
    timer: Option<Pin<Box<Sleep>>>,
    /// What the timer wakes.
    waker: Option<Waker>,
}

impl Countdown {
    /// Starts it anew. Zero is no limit.
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

    /// Ready once the limit is over; pending while it does not run.
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
        // As a rule the timer is set, and need not be told so again.
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

    /// The same; starts it unless it runs.
    pub(crate) fn poll_for(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<()> {
        if self.end.is_none() {
            self.start(limit);
        }
        self.poll(cx)
    }
}

/// How long to wait on for something if the timer for `deadline` has fired `now`; `None` if the
/// limit is over.
fn extended(limit: Duration, deadline: Instant, now: Instant) -> Option<Instant> {
    let grace = (limit / GRACE_FRACTION).max(SHORTEST_GRACE);
    (now.duration_since(deadline) >= grace).then(|| now + grace)
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
                    // The process is stopped here, so to speak.
                    thread::sleep(LIMIT + 2 * SHORTEST_GRACE);
                    let waker = cx.waker().clone();
                    actix_web::rt::spawn(async move { waker.wake() });
                    Poll::Pending
                }
                // The timer has fired before it was woken.
                2 => Poll::Pending,
                _ => Poll::Ready(()),
            }
        });
        assert_eq!(within(LIMIT, slow).await, Some(()));
    }

    /// Polls once, outside of any wait.
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
        // Its timer, which has fired, does not count for the next wait.
        countdown.start(Duration::MAX);
        assert!(poll_once(&mut countdown).is_pending());
        countdown.start(Duration::ZERO);
        assert!(poll_once(&mut countdown).is_pending());
        // Nor does one that is set for later.
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
        // Lets the runtime fire its timers.
        sleep(Duration::from_millis(1)).await;
        assert!(poll_once(&mut countdown).is_pending());
        poll_fn(|cx| countdown.poll(cx)).await;
    }
}
