//! A test at work: its runtime, and who waits for what.

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
use crate::{
    clock,
    server::{Server, of_test},
};

/// The thread has to be about to park so many times in a row. The tasks of actix's own arbiter are not
/// seen when they are woken; each time they get a turn.
const LOOKS: u32 = 2;

/// After so many turns without a rest an application never comes to rest.
const MOST_TURNS: u32 = 1_000_000;

/// How long something is waited for while real time passes.
const REAL_PATIENCE: Duration = Duration::from_secs(60);

thread_local! {
    static CURRENT: RefCell<Option<Rc<TestRun>>> = const { RefCell::new(None) };
}

/// Runs a test with its clock paused, on this thread.
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

/// What the kit knows of the test of this thread.
pub(super) struct TestRun {
    stillness: Arc<Stillness>,
    /// The space of the test.
    pub(super) server: Server,
    /// When it began. The clock is a whole number of milliseconds from then, or is aligned.
    pub(super) began: Instant,
    /// Wait until nothing more happens by itself.
    resting: Waiters,
    /// Wait for something, and give up when nothing more happens by itself.
    expecting: Waiters,
    /// How many parts of the test move the clock.
    pub(super) advancing: Cell<usize>,
    /// How many parts of the test have real time pass.
    pub(super) real: Cell<usize>,
    clients: Cell<usize>,
}

/// Tasks that wait for a moment of stillness.
#[derive(Default)]
struct Waiters {
    wakers: RefCell<Vec<Waker>>,
    /// How many such moments there have been.
    moments: Cell<u64>,
}

impl Waiters {
    /// Waits for the next moment.
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

    /// The moment has come; `false` if nothing waits for it.
    fn announce(&self) -> bool {
        let wakers = self.wakers.take();
        self.moments.update(|moments| moments + 1);
        wakers.iter().for_each(Waker::wake_by_ref);
        !wakers.is_empty()
    }
}

impl TestRun {
    /// The test of this thread.
    #[track_caller]
    pub(super) fn current(what: &str) -> Rc<Self> {
        let current = CURRENT.with_borrow(Clone::clone);
        current.unwrap_or_else(|| panic!("`{what}` works in a test with `#[levante::test]` only"))
    }

    /// The number of the next client.
    pub(super) fn next_client(&self) -> usize {
        self.clients.update(|clients| clients + 1);
        self.clients.get()
    }

    /// Whether the test moves the clock, or has it run.
    fn has_clock_move(&self) -> bool {
        self.advancing.get() > 0 || self.real.get() > 0
    }

    /// Waits until nothing more happens by itself.
    pub(super) async fn rest(&self) {
        let since = self.resting.moments.get();
        poll_fn(|cx| self.resting.poll(since, cx)).await;
    }

    /// Waits for `future`; `None` if nothing more happens by itself and it is not ready.
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

/// Has a test be the one of this thread.
struct Entered(Rc<TestRun>);

impl Entered {
    fn new(stillness: Arc<Stillness>) -> Self {
        let run = Rc::new(TestRun {
            stillness,
            server: Server::new(),
            began: clock::now(),
            resting: Waiters::default(),
            expecting: Waiters::default(),
            advancing: Cell::new(0),
            real: Cell::new(0),
            clients: Cell::new(0),
        });
        of_test::replace(Some(run.server.clone()));
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

/// The root of a test: polls it when it has been woken, and decides what is to happen when it has
/// not.
struct Root {
    run: Rc<TestRun>,
    /// The waker of the test.
    waker: Waker,
    looks: u32,
    /// How many turns there were since the last moment of stillness.
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

    /// Nothing more happens by itself.
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
        // The turns of two waits do not add up.
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
