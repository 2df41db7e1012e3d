//! Waiting for something, but not for ever, and not for time in which the process was stopped.

use std::{pin::pin, time::Duration};

use tokio::time::{Instant, timeout_at};

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
    let grace = (limit / GRACE_FRACTION).max(SHORTEST_GRACE);
    let mut future = pin!(future);
    let mut deadline = Instant::now() + limit;
    loop {
        if let Ok(value) = timeout_at(deadline, &mut future).await {
            return Some(value);
        }
        let now = Instant::now();
        if now.duration_since(deadline) < grace {
            return None;
        }
        deadline = now + grace;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        future::{pending, poll_fn},
        task::Poll,
        thread,
    };

    use tokio::time::sleep;

    use super::*;

    const LIMIT: Duration = Duration::from_millis(20);

    #[actix_web::test]
    async fn what_takes_longer_is_given_up() {
        assert_eq!(within(LIMIT, async { 1 }).await, Some(1));
        assert_eq!(within(Duration::ZERO, sleep(LIMIT)).await, Some(()));
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
}
