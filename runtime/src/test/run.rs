//! Runs a test. Decides what happens when no task has anything to do.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use actix_rt::System;
use tokio::{
    task::LocalSet,
    time::{Instant, sleep},
};

use super::stillness::Stillness;
use crate::{clock, server::Server, worker::of_test};

/// How many times in a row the thread must be about to park before the application counts as still.
/// The kit does not see it when a task of actix's own arbiter is woken. Such a task runs before the
/// next look.
const LOOKS: u32 = 2;

/// The test panics after so many turns in which the application was never still.
const MOST_TURNS: u32 = 1_000_000;

/// While the clock runs in real time, a wait ends after this time.
const REAL_PATIENCE: Duration = Duration::from_secs(60);

thread_local! {
    static CURRENT: RefCell<Option<Rc<TestRun>>> = const { RefCell::new(None) };
}

/// Runs a test with its clock paused, on this thread.
///
/// ```
/// use levante::test;
///
/// # async fn it_works() {}
/// // Not a test of the standard harness: an example, or a harness of your own.
/// test::run(it_works());
/// ```
pub fn run<F: Future>(test: F) -> F::Output {
    run_within(MOST_TURNS, test)
}

fn run_within<F: Future>(most_turns: u32, test: F) -> F::Output {
    let stillness = Stillness::new();
    let system = System::with_tokio_rt(|| match stillness.runtime() {
        Ok(runtime) => runtime,
        Err(error) => panic!("the runtime of the test could not be built: {error}"),
    });
    system.block_on(async {
        let entered = Entered::new(stillness);
        let local = LocalSet::new();
        let mut test = pin!(local.run_until(test));
        let mut root = Root::new(entered.0.clone(), most_turns);
        poll_fn(|cx| root.poll(test.as_mut(), cx)).await
    })
}

/// The state of the test of this thread.
pub(super) struct TestRun {
    stillness: Arc<Stillness>,
    /// The pub/sub space of the test.
    pub(super) server: Server,
    /// The time at which the test began. `advance` aligns the clock to whole milliseconds after it.
    pub(super) began: Instant,
    /// The tasks in [`Self::rest`]. They wait until nothing more happens by itself.
    resting: Waiters,
    /// The tasks in [`Self::expect`]. They give up when nothing more happens by itself.
    expecting: Waiters,
    /// The number of calls of `advance` that are moving the clock.
    pub(super) advancing: Cell<usize>,
    /// The number of calls of `with_real_time` that are running.
    pub(super) real: Cell<usize>,
    clients: Cell<usize>,
}

/// Tasks that wait for the next moment of stillness.
#[derive(Default)]
struct Waiters {
    wakers: RefCell<Vec<Waker>>,
    /// The number of moments of stillness so far.
    moments: Cell<u64>,
}

impl Waiters {
    /// Waits until there have been more than `since` moments.
    fn poll(&self, since: u64, cx: &Context<'_>) -> Poll<()> {
        if self.moments.get() != since {
            return Poll::Ready(());
        }
        let mut wakers = self.wakers.borrow_mut();
        if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn is_empty(&self) -> bool {
        self.wakers.borrow().is_empty()
    }

    /// Wakes the tasks, because the moment has come. Returns `false` if no task waits.
    fn announce(&self) -> bool {
        let wakers = self.wakers.take();
        self.moments.update(|moments| moments + 1);
        wakers.iter().for_each(Waker::wake_by_ref);
        !wakers.is_empty()
    }
}

impl TestRun {
    /// Returns the test of this thread. Panics if there is none; `what` names the caller.
    #[track_caller]
    pub(super) fn current(what: &str) -> Rc<Self> {
        let current = CURRENT.with_borrow(Clone::clone);
        current.unwrap_or_else(|| panic!("`{what}` works in a test with `#[levante::test]` only"))
    }

    /// Returns the number of the next client. The first is 1.
    pub(super) fn next_client(&self) -> usize {
        self.clients.update(|clients| clients + 1);
        self.clients.get()
    }

    /// Whether `advance` moves the clock, or `with_real_time` lets it run.
    fn has_clock_move(&self) -> bool {
        self.advancing.get() > 0 || self.real.get() > 0
    }

    /// Waits until nothing more happens by itself.
    pub(super) async fn rest(&self) {
        let since = self.resting.moments.get();
        poll_fn(|cx| self.resting.poll(since, cx)).await;
    }

    /// Waits for `future`. Returns `None` if it is not ready when nothing more happens by itself.
    /// In real time it returns `None` after 60 seconds.
    pub(super) async fn expect<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let since = self.expecting.moments.get();
        let mut limit = pin!(sleep(REAL_PATIENCE));
        poll_fn(|cx| {
            if let Poll::Ready(value) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(value));
            }
            if self.real.get() > 0 {
                return limit.as_mut().poll(cx).map(|()| None);
            }
            self.expecting.poll(since, cx).map(|()| None)
        })
        .await
    }
}

/// Sets the test of this thread, until it is dropped.
struct Entered(Rc<TestRun>);

impl Entered {
    fn new(stillness: Arc<Stillness>) -> Self {
        let run = Rc::new(TestRun {
            stillness,
            // Not listed among the spaces of the process: the stop of another server leaves it alone.
            server: Server::of(Arc::default()),
            began: clock::now(),
            resting: Waiters::default(),
            expecting: Waiters::default(),
            advancing: Cell::new(0),
            real: Cell::new(0),
            clients: Cell::new(0),
        });
        of_test::replace(Some(run.server.space().clone()));
        CURRENT.set(Some(run.clone()));
        Self(run)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(None);
        of_test::replace(None);
    }
}

/// The root of a test. It polls the test when the test has been woken. When the application is
/// still, it decides which waits end.
struct Root {
    run: Rc<TestRun>,
    /// The waker that the test is polled with.
    waker: Waker,
    looks: u32,
    /// The number of turns since the last moment of stillness.
    turns: u32,
    most_turns: u32,
}

impl Root {
    fn new(run: Rc<TestRun>, most_turns: u32) -> Self {
        Self {
            waker: run.stillness.clone().into(),
            run,
            looks: 0,
            turns: 0,
            most_turns,
        }
    }

    fn poll<T>(
        &mut self,
        test: Pin<&mut impl Future<Output = T>>,
        cx: &mut Context<'_>,
    ) -> Poll<T> {
        self.run.stillness.watch(cx);
        if self.run.stillness.take_woken() {
            self.run.stillness.take_still();
            self.looks = 0;
            self.turns += 1;
            if self.turns > self.most_turns && self.run.real.get() == 0 {
                panic!(
                    "the application does not come to rest: it had {} turns, and still has something \
                     to do",
                    self.most_turns
                );
            }
            let polled = test.poll(&mut Context::from_waker(&self.waker));
            let may_park = self.run.has_clock_move() && self.run.resting.is_empty();
            self.run.stillness.let_park(may_park);
            return polled;
        }
        if self.run.stillness.take_still() {
            self.looks += 1;
            if self.looks >= LOOKS {
                self.looks = 0;
                self.turns = 0;
                self.be_still();
            }
        }
        Poll::Pending
    }

    /// Handles a moment of stillness. The first that applies: ends all `rest` waits, lets the clock
    /// move, ends all `expect` waits, or panics because the test would wait for ever.
    fn be_still(&self) {
        let run = &self.run;
        if run.resting.announce() {
            return;
        }
        if run.has_clock_move() {
            run.stillness.let_park(true);
        } else if !run.expecting.announce() {
            panic!(
                "the test waits for ever: no task has anything to do, and the clock stands still. \
                 `levante::test::advance` moves it; what waits for real I/O, or for another thread, \
                 belongs into `levante::test::with_real_time`"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    async fn rest_after(turns: u32) {
        actix_rt::spawn(async move {
            for _ in 0..turns {
                yield_now().await;
            }
        });
        TestRun::current("rest_after").rest().await;
    }

    #[test]
    fn an_application_may_have_something_to_do_for_long() {
        run_within(1000, rest_after(990));
        // Each wait starts to count its turns at 0.
        run_within(1000, async {
            rest_after(990).await;
            rest_after(990).await;
        });
    }

    #[test]
    #[should_panic = "the application does not come to rest: it had 1000 turns"]
    fn but_not_for_ever() {
        run_within(1000, rest_after(1010));
    }

    #[test]
    #[should_panic = "does not come to rest"]
    fn nor_while_nothing_is_waited_for() {
        run_within(1000, async {
            loop {
                yield_now().await;
            }
        });
    }
}
