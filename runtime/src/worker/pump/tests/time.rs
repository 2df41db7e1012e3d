//! The times that the pump hands to connections.

use std::thread;

use tokio::time::{advance, pause};

use super::*;

/// A connection that records its visits and the checks of its timeouts.
struct Watched {
    core: Arc<Core>,
    waker: Waker,
    visits: RefCell<Vec<Instant>>,
    looks: RefCell<Vec<(Instant, Duration)>>,
}

impl Driven for Watched {
    fn core_and_waker(&self) -> (&Arc<Core>, &Waker) {
        (&self.core, &self.waker)
    }

    fn poll(&self, now: Instant, _: &mut Context<'_>) -> Visit {
        self.visits.borrow_mut().push(now);
        Visit::Done
    }

    fn flush(&self, _: Writing<'_>, _: &mut Context<'_>) -> Visit {
        Visit::Done
    }

    fn write_now(&self) {}

    fn tick(&self, now: Instant, late: Duration) {
        self.looks.borrow_mut().push((now, late));
    }

    fn abandon(&self) {}
}

/// A connection of `space` with this shortest timeout that has been visited once.
async fn watched(space: &Arc<Space>, timeout: Duration) -> (Registration, Rc<Watched>) {
    let config = Config::DEFAULT.close_timeout(timeout);
    let registration = LocalWorker::of(space).register(Identity {
        config: Arc::new(config),
        ..identity()
    });
    let core = registration.core().clone();
    let watched = Rc::new(Watched {
        waker: core.clone().into(),
        core,
        visits: RefCell::default(),
        looks: RefCell::default(),
    });
    registration.drive(watched.clone());
    while watched.visits.borrow().is_empty() {
        yield_now().await;
    }
    (registration, watched)
}

#[test]
fn everybody_is_given_the_same_time_in_a_round() {
    actix_rt::System::new().block_on(async {
        let space = Arc::default();
        let (_a, first) = watched(&space, Duration::from_secs(3600)).await;
        let (_b, second) = watched(&space, Duration::from_secs(3600)).await;
        for _ in 0..3 {
            first.core.wake();
            second.core.wake();
            let before = first.visits.borrow().len();
            while first.visits.borrow().len() == before {
                yield_now().await;
            }
        }
        let (first, second) = (first.visits.borrow(), second.visits.borrow());
        assert_eq!(first[1..], second[1..]);
        assert!(first.is_sorted());
    });
}

#[test]
fn an_advanced_clock_is_looked_at_as_it_was_and_as_it_is() {
    actix_rt::System::new().block_on(async {
        pause();
        let start = Instant::now();
        let (_registration, connection) = watched(&Arc::default(), Duration::from_secs(8)).await;
        let hour = Duration::from_secs(3600);
        for _ in 0..2 {
            advance(hour).await;
            yield_now().await;
        }
        let looks: Vec<_> = connection.looks.borrow_mut().drain(..).collect();
        let looks = looks.into_iter().map(|(now, late)| {
            assert_eq!(late, Duration::ZERO, "no process has been stopped");
            now - start
        });
        let hours = [Duration::ZERO, hour, hour, 2 * hour];
        assert_eq!(looks.collect::<Vec<_>>(), hours);
    });
}

#[test]
fn the_time_of_a_stop_is_told_as_late() {
    actix_rt::System::new().block_on(async {
        let timeout = Duration::from_millis(16);
        let (_registration, connection) = watched(&Arc::default(), timeout).await;
        let stop = Duration::from_millis(50);
        thread::sleep(stop);
        connection.looks.borrow_mut().clear();
        while connection.looks.borrow().is_empty() {
            yield_now().await;
        }
        let (_, late) = connection.looks.borrow()[0];
        // One check was due meanwhile.
        assert!(late >= stop - timeout, "{late:?}");
    });
}
