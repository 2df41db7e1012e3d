//! The clock of a test. It stands still until the test moves it.

use std::{cell::Cell, rc::Rc, time::Duration};

use tokio::{
    runtime::Handle,
    time::{Instant, pause, resume, sleep_until},
};

use super::run::TestRun;
use crate::clock;

/// The resolution of tokio's timers.
const TICK: Duration = Duration::from_millis(1);

/// Moves the clock by `duration`, and runs all timers that are due in this time.
///
/// The clock stops at each timer. All effects of that timer, such as a ping and its pong, happen
/// before the clock moves to the next timer. So an advance of one hour has the same result as one
/// hour of real time. When the future completes, nothing more happens by itself.
///
/// Timers have a resolution of one millisecond. `duration` is rounded up to whole milliseconds.
/// With a `duration` of zero the function only waits until nothing more happens by itself.
///
/// ```
/// # use std::time::Duration;
/// use levante::test;
///
/// # /*
/// #[levante::test]
/// # */
/// async fn an_hour_passes_at_once() {
///     let before = tokio::time::Instant::now();
///     test::advance(Duration::from_secs(3600)).await;
///     assert_eq!(before.elapsed(), Duration::from_secs(3600));
/// }
/// # fn main() { test::run(an_hour_passes_at_once()) }
/// ```
///
/// # Panics
///
/// If it is called during [`with_real_time`], where the clock moves by itself. Also if `duration`
/// is too long for the clock.
#[track_caller]
pub fn advance(duration: Duration) -> impl Future<Output = ()> {
    let run = TestRun::current("levante::test::advance");
    assert!(
        run.real.get() == 0,
        "the clock cannot be moved in `with_real_time`, where it moves by itself"
    );
    let ticks = duration.as_nanos().div_ceil(TICK.as_nanos());
    let whole = u64::try_from(ticks).ok().map(Duration::from_millis);
    let end = whole.and_then(|whole| clock::now().checked_add(whole));
    let Some(end) = end else {
        panic!("the clock cannot be moved by so long a time: {duration:?}");
    };
    async move {
        run.rest().await;
        let now = clock::now();
        if now < end {
            align(&run, now).await;
            let moving = Counted::new(run.clone(), |run| &run.advancing);
            sleep_until(end).await;
            drop(moving);
        }
        run.rest().await;
    }
}

/// Moves the clock to the next whole tick. [`with_real_time`] may leave the clock between two
/// ticks. From there, tokio would move it too far, by a fraction of a tick.
async fn align(run: &TestRun, now: Instant) {
    let beyond = now.duration_since(run.began).subsec_nanos() % 1_000_000;
    if beyond > 0 {
        tokio::time::advance(TICK - Duration::from_nanos(beyond.into())).await;
    }
}

/// Lets the clock run in real time while `future` runs. Use it in tests that wait for real I/O: a
/// database, a process or another thread.
///
/// During real time the kit cannot know whether more messages will arrive. A client waits for a
/// message for at most 60 seconds, then panics. [`assert_silent`](super::Client::assert_silent) and
/// [`drain_messages`](super::Client::drain_messages) see only the messages that have arrived so
/// far.
///
/// Blocking tasks, such as those of [`actix_web::web::block`], do not need this function. The kit
/// always waits for them.
///
/// ```
/// # use std::thread;
/// use levante::test;
///
/// # /*
/// #[levante::test]
/// # */
/// async fn something_comes_from_outside() {
///     let (tell, told) = tokio::sync::oneshot::channel();
///     thread::spawn(move || tell.send("hello"));
///     assert_eq!(test::with_real_time(told).await, Ok("hello"));
/// }
/// # fn main() { test::run(something_comes_from_outside()) }
/// ```
#[track_caller]
pub fn with_real_time<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let run = TestRun::current("levante::test::with_real_time");
    async move {
        let _real = RealTime::begin(run);
        future.await
    }
}

/// Keeps the clock running in real time until the last value of this type is dropped.
struct RealTime(Option<Counted>);

impl RealTime {
    fn begin(run: Rc<TestRun>) -> Self {
        let counted = Counted::new(run, |run| &run.real);
        if counted.count().get() == 1 {
            resume();
        }
        Self(Some(counted))
    }
}

impl Drop for RealTime {
    fn drop(&mut self) {
        let run = self.0.take().map(|counted| counted.run.clone());
        let is_over = run.is_some_and(|run| run.real.get() == 0);
        // The future of a failed test is dropped outside of its runtime, where `pause` would panic.
        if is_over && Handle::try_current().is_ok() {
            pause();
        }
    }
}

/// Adds one to a count of the test. Subtracts it again on drop.
struct Counted {
    run: Rc<TestRun>,
    count: fn(&TestRun) -> &Cell<usize>,
}

impl Counted {
    fn new(run: Rc<TestRun>, count: fn(&TestRun) -> &Cell<usize>) -> Self {
        let counted = Self { run, count };
        counted.count().update(|count| count + 1);
        counted
    }

    fn count(&self) -> &Cell<usize> {
        (self.count)(&self.run)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.count().update(|count| count - 1);
    }
}
