//! Runs threads that publish, mark and stop beside the thread of the broker, in every order in which
//! their steps can follow each other.
//!
//! [`queue`] is the file of the crate, compiled again with the lock of a model checker. The checker
//! also finds a thread that sleeps although there is something to take.

use std::{
    future::poll_fn,
    task::{Context, Poll},
};

use loom::{
    future::block_on,
    model::Builder,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use self::queue::{Queue, Set};

mod sync {
    pub(super) use loom::sync::{Mutex as LinkMutex, MutexGuard};
}

#[path = "queue.rs"]
#[allow(dead_code, reason = "a part of it is enough here")]
#[allow(clippy::duplicate_mod, reason = "its other half has the lock of `std`")]
mod queue;

/// Marks with their number.
#[derive(Debug, Default)]
struct Marks(Vec<&'static str>);

impl Set for Marks {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

type Item = (&'static str, usize);

/// More than any scenario offers.
const LIMIT: usize = 100;

/// The queue, and what is known without it.
struct Shared {
    queue: Queue<Item, Marks>,
    /// Whether a topic has subscribers. It is written before the mark, as under a stripe.
    is_wanted: AtomicBool,
    has_stopped: AtomicBool,
    accepted: AtomicUsize,
}

impl Shared {
    fn offer(&self, item: Item, limit: usize) -> bool {
        let is_accepted = self.queue.offer(item, 1, limit);
        self.accepted.fetch_add(usize::from(is_accepted), Relaxed);
        is_accepted
    }

    fn mark(&self, topic: &'static str) {
        self.queue.mark(|Marks(marks)| {
            let is_new = !marks.contains(&topic);
            if is_new {
                marks.push(topic);
            }
            is_new
        });
    }
}

/// What the thread of the broker has seen.
#[derive(Default)]
struct Broker {
    items: Vec<(u64, Item)>,
    marks: Vec<&'static str>,
}

impl Broker {
    /// Takes what there is, and sleeps while there is nothing, until `is_done`.
    fn run(&mut self, shared: &Shared, mut is_done: impl FnMut(&mut Self) -> bool) {
        block_on(poll_fn(|cx| {
            loop {
                self.take(shared);
                if is_done(self) {
                    return Poll::Ready(());
                }
                if sleeps(shared, cx) {
                    return Poll::Pending;
                }
            }
        }));
    }

    fn take(&mut self, shared: &Shared) {
        shared.queue.take(
            |_, _| true,
            |sequence, item| self.items.push((sequence, item)),
        );
        self.marks.extend(shared.queue.take_marks().0);
    }

    /// The numbers of the items of one thread.
    fn of(&self, wanted: &str) -> Vec<usize> {
        let items = self.items.iter().map(|(_, item)| item);
        let of = items.filter(|(name, _)| *name == wanted);
        of.map(|(_, number)| *number).collect()
    }

    fn assert_consecutive(&self) {
        let sequences = self.items.iter().map(|(sequence, _)| *sequence);
        assert!(
            sequences.eq(1..=self.items.len() as u64),
            "{:?}",
            self.items
        );
    }
}

fn sleeps(shared: &Shared, cx: &Context<'_>) -> bool {
    // Both are polled, so that both wake it.
    let items = shared.queue.poll_items(cx.waker());
    let marks = shared.queue.poll_marks(cx.waker());
    items.is_pending() && marks.is_pending()
}

/// Tries every order with up to two switches away from a thread that could have continued. All
/// orders would take hours, and faults show with fewer switches.
fn model(scenario: impl Fn(Arc<Shared>) + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(move || {
        scenario(Arc::new(Shared {
            queue: Queue::new(),
            is_wanted: AtomicBool::new(false),
            has_stopped: AtomicBool::new(false),
            accepted: AtomicUsize::new(0),
        }));
    });
}

fn spawn(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) + Send + 'static,
) -> thread::JoinHandle<()> {
    let shared = shared.clone();
    thread::spawn(move || work(&shared))
}

#[test]
fn what_threads_offer_is_taken_once_and_in_the_order_of_each_thread() {
    model(|shared| {
        let from = |name, count| {
            spawn(&shared, move |shared| {
                (0..count).for_each(|number| assert!(shared.offer((name, number), LIMIT)));
            })
        };
        let threads = [from("a", 2), from("b", 1)];
        let mut broker = Broker::default();
        broker.run(&shared, |broker| broker.items.len() >= 3);
        for thread in threads {
            thread.join().unwrap();
        }
        broker.take(&shared);
        broker.assert_consecutive();
        assert_eq!((broker.of("a"), broker.of("b")), (vec![0, 1], vec![0]));
    });
}

#[test]
fn a_thread_that_waits_for_items_and_marks_gets_both() {
    model(|shared| {
        let publisher = spawn(&shared, |shared| assert!(shared.offer(("a", 0), LIMIT)));
        let marker = spawn(&shared, |shared| shared.mark("topic"));
        let mut broker = Broker::default();
        broker.run(&shared, |broker| {
            broker.items.len() == 1 && broker.marks.len() == 1
        });
        for thread in [publisher, marker] {
            thread.join().unwrap();
        }
    });
}

#[test]
fn what_is_offered_quietly_is_taken() {
    model(|shared| {
        let quiet = spawn(&shared, |shared| {
            for number in 0..2 {
                assert!(shared.queue.offer_quietly(("a", number), 1, LIMIT));
            }
            shared.queue.wake_taker();
        });
        let other = spawn(&shared, |shared| assert!(shared.offer(("b", 0), LIMIT)));
        let mut broker = Broker::default();
        broker.run(&shared, |broker| broker.items.len() == 3);
        for thread in [quiet, other] {
            thread.join().unwrap();
        }
        broker.assert_consecutive();
        assert_eq!((broker.of("a"), broker.of("b")), (vec![0, 1], vec![0]));
    });
}

#[test]
fn the_last_look_at_a_topic_sees_its_last_change() {
    model(|shared| {
        // One subscriber comes and goes, so that the mark may be in the set already.
        let marker = spawn(&shared, |shared| {
            for is_wanted in [true, false, true] {
                shared.is_wanted.store(is_wanted, Relaxed);
                shared.mark("topic");
            }
        });
        let mut seen = false;
        let mut looked = 0;
        let mut broker = Broker::default();
        broker.run(&shared, |broker| {
            if broker.marks.len() > looked {
                looked = broker.marks.len();
                seen = shared.is_wanted.load(Relaxed);
            }
            seen
        });
        marker.join().unwrap();
        broker.take(&shared);
        if broker.marks.len() > looked {
            seen = shared.is_wanted.load(Relaxed);
        }
        assert!(seen);
    });
}

#[test]
fn what_is_accepted_before_a_stop_is_taken_and_nothing_is_accepted_after_it() {
    model(|shared| {
        let publisher = spawn(&shared, |shared| {
            (0..2).for_each(|number| _ = shared.offer(("a", number), LIMIT));
        });
        let stopper = spawn(&shared, |shared| {
            shared.queue.close();
            shared.has_stopped.store(true, Relaxed);
            // In place of the channel that tells the stages.
            shared.mark("stop");
        });
        let mut broker = Broker::default();
        broker.run(&shared, |broker| !broker.marks.is_empty());
        // The mark may have come between the two halves of a look.
        broker.take(&shared);
        let taken = broker.items.len();
        assert!(!shared.offer(("late", 0), LIMIT));
        for thread in [publisher, stopper] {
            thread.join().unwrap();
        }
        broker.take(&shared);
        broker.assert_consecutive();
        assert_eq!(taken, broker.items.len());
        assert_eq!(taken, shared.accepted.load(Relaxed));
        let levels = shared.queue.levels();
        assert_eq!(levels.last_sequence, taken as u64);
        assert_eq!(levels.refused, 1 + 2 - taken as u64);
    });
}

#[test]
fn the_bound_holds_and_each_item_is_accepted_or_counted() {
    model(|shared| {
        let threads = ["a", "b"].map(|name| {
            spawn(&shared, move |shared| {
                (0..2).for_each(|number| _ = shared.offer((name, number), 1));
            })
        });
        let mut broker = Broker::default();
        for _ in 0..2 {
            let before = broker.items.len();
            broker.take(&shared);
            let taken = broker.items.len() - before;
            assert!(taken <= 1, "no more than the limit is held");
            shared.queue.release(taken);
        }
        for thread in threads {
            thread.join().unwrap();
        }
        broker.take(&shared);
        broker.assert_consecutive();
        let levels = shared.queue.levels();
        assert_eq!(levels.last_sequence, broker.items.len() as u64);
        assert_eq!(levels.last_sequence + levels.refused, 4);
        assert!(levels.held <= 1);
    });
}
